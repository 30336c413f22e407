//! What a department is asked about somebody, for instance when home care is checked again: what decides about home
//! care (whether somebody lives, lives here and alone, is at home, needs care, and what they live on) is known to
//! four departments.

use sanzao_model::Feed;
use serde::{Deserialize, Serialize};

/// A question: one for each department that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// 公安: registration, and whether somebody is living.
    RegistrationAndLiving,
    /// 人社: pension and employment.
    PensionAndEmployment,
    /// 卫健: ability, and stays in hospitals and homes.
    AbilityAndStay,
    /// 医保: enrolment and long-term care.
    EnrolmentAndLongTermCare,
}

/// One statement that holds or does not. What its words mean is said in `schemas/events/verification.v1.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// No death is on record.
    Living,
    /// Registered in the district.
    RegisteredHere,
    /// Nobody else is registered in the household.
    LivesAlone,
    /// Gets a pension.
    Pension,
    /// Is in employees' insurance, or gets wages.
    Employed,
    /// The newest assessment of ability is of level 2 or more (GB/T 42195).
    DisabledAbility,
    /// Has been in a hospital or home for more than 30 days.
    LongStay,
    /// Is enrolled in medical insurance.
    Enrolled,
    /// Gets long-term care at home.
    CareAtHome,
    /// Gets long-term care in an institution.
    CareInInstitution,
}

impl Question {
    /// Every question.
    pub const ALL: [Question; 4] = [
        Question::RegistrationAndLiving,
        Question::PensionAndEmployment,
        Question::AbilityAndStay,
        Question::EnrolmentAndLongTermCare,
    ];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Question::RegistrationAndLiving => "registration-and-living",
            Question::PensionAndEmployment => "pension-and-employment",
            Question::AbilityAndStay => "ability-and-stay",
            Question::EnrolmentAndLongTermCare => "enrolment-and-long-term-care",
        }
    }

    /// The department that is asked.
    pub fn feed(self) -> Feed {
        match self {
            Question::RegistrationAndLiving => Feed::Police,
            Question::PensionAndEmployment => Feed::SocialSecurity,
            Question::AbilityAndStay => Feed::Health,
            Question::EnrolmentAndLongTermCare => Feed::MedicalInsurance,
        }
    }

    /// The statements that an answer speaks of, each of them.
    pub fn points(self) -> &'static [Point] {
        match self {
            Question::RegistrationAndLiving => &[Point::Living, Point::RegisteredHere, Point::LivesAlone],
            Question::PensionAndEmployment => &[Point::Pension, Point::Employed],
            Question::AbilityAndStay => &[Point::DisabledAbility, Point::LongStay],
            Question::EnrolmentAndLongTermCare => {
                &[Point::Enrolled, Point::CareAtHome, Point::CareInInstitution]
            }
        }
    }
}

impl Point {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Point::Living => "living",
            Point::RegisteredHere => "registered-here",
            Point::LivesAlone => "lives-alone",
            Point::Pension => "pension",
            Point::Employed => "employed",
            Point::DisabledAbility => "disabled-ability",
            Point::LongStay => "long-stay",
            Point::Enrolled => "enrolled",
            Point::CareAtHome => "care-at-home",
            Point::CareInInstitution => "care-in-institution",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_those_on_the_wire_and_each_point_is_asked_of_one_department() {
        let mut points = BTreeSet::new();
        for question in Question::ALL {
            assert_eq!(serde_json::to_value(question).unwrap(), question.as_str());
            for point in question.points() {
                assert_eq!(serde_json::to_value(point).unwrap(), point.as_str());
                assert!(points.insert(*point), "{point:?} is asked of two departments");
            }
        }
        assert_eq!(points.len(), 10);
        let feeds: BTreeSet<_> = Question::ALL.map(Question::feed).into();
        assert_eq!(feeds.len(), 4, "a department is asked two questions: one would hide the other");
    }
}
