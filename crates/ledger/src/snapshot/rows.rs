//! Statements as rows: typed columns for analysis, and a blob from which the statement is restored.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Date32Builder, FixedSizeBinaryBuilder, ListBuilder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use sanzao_model::{Body, Content, Feed, HouseholdId, Mention, Statement};

/// The column with the postcard of feed and statement; all others are for analysis only.
pub(crate) const STATEMENT: &str = "statement";
/// `kind` of a retraction; facts have the names of [`Body::kind`].
const RETRACTED: &str = "record.retracted";
const ID_BYTES: i32 = 16;

/// The columns of a part.
pub(crate) fn schema() -> SchemaRef {
    let id = || DataType::FixedSizeBinary(ID_BYTES);
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("event", id(), false),
        Field::new("fact_id", id(), false),
        Field::new("feed", DataType::Utf8, false),
        Field::new("kind", DataType::Utf8, false),
        Field::new("on", DataType::Date32, true),
        Field::new("time", time, false),
        Field::new("people", DataType::List(person()), false),
        Field::new("household", id(), true),
        Field::new("benefit", id(), true),
        Field::new("retracts", id(), true),
        Field::new(STATEMENT, DataType::Binary, false),
    ]))
}

/// pandas opens no list of fixed length items.
fn person() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Binary, false))
}

/// Rows being collected.
pub(crate) struct Rows {
    event: FixedSizeBinaryBuilder,
    fact_id: FixedSizeBinaryBuilder,
    feed: StringBuilder,
    kind: StringBuilder,
    on: Date32Builder,
    time: TimestampNanosecondBuilder,
    people: ListBuilder<BinaryBuilder>,
    household: FixedSizeBinaryBuilder,
    benefit: FixedSizeBinaryBuilder,
    retracts: FixedSizeBinaryBuilder,
    statement: BinaryBuilder,
    blob: Vec<u8>,
}

impl Rows {
    pub fn new() -> Rows {
        let id = || FixedSizeBinaryBuilder::new(ID_BYTES);
        Rows {
            event: id(),
            fact_id: id(),
            feed: StringBuilder::new(),
            kind: StringBuilder::new(),
            on: Date32Builder::new(),
            time: TimestampNanosecondBuilder::new().with_timezone("UTC"),
            people: ListBuilder::new(BinaryBuilder::new()).with_field(person()),
            household: id(),
            benefit: id(),
            retracts: id(),
            statement: BinaryBuilder::new(),
            blob: Vec::new(),
        }
    }

    pub fn push(&mut self, feed: Feed, statement: &Statement) -> Result<(), ArrowError> {
        self.event.append_value(statement.event.0)?;
        self.fact_id.append_value(statement.content.id().0)?;
        self.feed.append_value(feed.as_str());
        self.time.append_value(statement.time.0);
        match &statement.content {
            Content::Fact(fact) => {
                self.kind.append_value(fact.body.kind());
                self.on.append_value(fact.on.0);
                for named in fact.subject.named() {
                    self.people.values().append_value(named.who.person.0);
                }
                if let Some(other) = named_beside(&fact.body) {
                    self.people.values().append_value(other.person.0);
                }
                append(&mut self.household, household(&fact.body).map(|id| id.0))?;
                append(&mut self.benefit, fact.body.benefit().map(|id| id.0))?;
                append(&mut self.retracts, None)?;
            }
            Content::Retraction { retracts, .. } => {
                self.kind.append_value(RETRACTED);
                self.on.append_null();
                append(&mut self.household, None)?;
                append(&mut self.benefit, None)?;
                append(&mut self.retracts, Some(retracts.0))?;
            }
        }
        self.people.append(true);
        self.blob.clear();
        postcard::to_io(&(feed, statement), &mut self.blob)
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        self.statement.append_value(&self.blob);
        Ok(())
    }

    /// The rows collected since the last call.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.event.finish()),
            Arc::new(self.fact_id.finish()),
            Arc::new(self.feed.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.on.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.people.finish()),
            Arc::new(self.household.finish()),
            Arc::new(self.benefit.finish()),
            Arc::new(self.retracts.finish()),
            Arc::new(self.statement.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

/// Reads a blob of column `statement`.
pub(crate) fn read_statement(blob: &[u8]) -> Result<(Feed, Statement), postcard::Error> {
    postcard::from_bytes(blob)
}

fn append(column: &mut FixedSizeBinaryBuilder, id: Option<[u8; 16]>) -> Result<(), ArrowError> {
    match id {
        Some(id) => column.append_value(id),
        None => {
            column.append_null();
            Ok(())
        }
    }
}

fn named_beside(body: &Body) -> Option<&Mention> {
    match body {
        Body::RelationRecorded { related, .. } => Some(&related.who),
        Body::IdentityCorrected { former } => Some(former),
        Body::BirthCertified { child } => child.as_ref(),
        _ => None,
    }
}

fn household(body: &Body) -> Option<HouseholdId> {
    match body {
        Body::PersonRegistered { household, .. } | Body::HouseholdMoved { household, .. } => Some(*household),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sanzao_model::{
        BenefitId, CareMode, Category, CustodyKind, Day, DiagnosisCategory, Disability, EventTag, FacilityId,
        Fact, FactId, Fen, HomeCareCategory, Instant, InsuranceScheme, Insutype, NameTag, Named, PersonId,
        Program, RelationKind, SettlementId, Sex, Subject, UnemploymentEnd, VisitId, VisitKind,
        WithdrawalReason,
    };

    use super::*;
    use crate::snapshot::manifest::{FORMAT, sha256_hex};

    fn mention(number: u8) -> Mention {
        let (person, alone) = (PersonId([number; 16]), HouseholdId([number + 1; 16]));
        Mention { person, alone, birth: Some(Day(-9_000)) }
    }

    fn of_persons() -> Vec<Body> {
        let (household, division) = (HouseholdId([1; 16]), "320614102001".parse().unwrap());
        let scheme = InsuranceScheme::Resident;
        let (amount, monthly, until) = (Fen(1_234_567), Fen(300), Day(20_000));
        vec![
            Body::PersonRegistered { household, division, sex: Sex::NotStated },
            Body::HouseholdMoved { household, division },
            Body::RegistrationCancelled { reason: WithdrawalReason::Duplicate },
            Body::RelationRecorded {
                related: Named { who: mention(3), name: NameTag([4; 8]) },
                kind: RelationKind::Guardian,
            },
            Body::IdentityCorrected { former: mention(5) },
            Body::CustodyStarted { kind: CustodyKind::CompulsoryRehabilitation, expected_until: Some(until) },
            Body::CustodyEnded,
            Body::MissingReported,
            Body::MissingClosed,
            Body::InsuranceStarted { scheme },
            Body::InsuranceStopped { scheme },
            Body::WageReported { month: until.month(), amount },
            Body::UnemploymentRegistered,
            Body::UnemploymentDeregistered,
            Body::UnemploymentBenefitStarted { monthly, until },
            Body::UnemploymentBenefitEnded { reason: UnemploymentEnd::RefusedWork },
            Body::PensionStarted { scheme, monthly },
            Body::PensionChanged { scheme, monthly },
            Body::PensionStopped { scheme },
            Body::InjuryNursingStarted { monthly },
            Body::InjuryNursingStopped,
            Body::FuneralGrantPaid { amount },
            Body::BirthCertified { child: Some(mention(6)) },
            Body::DeathCertified,
        ]
    }

    fn of_cases() -> Vec<Body> {
        let (facility, settlement) = (FacilityId([1; 16]), SettlementId([2; 16]));
        let (benefit, amount, day) = (BenefitId([3; 16]), Fen(1_234_567), Day(20_000));
        let program = Program::Funeral;
        let home_care = Some(Category::HomeCare(HomeCareCategory::LivingAlone));
        let other = Some(Category::Other(EventTag([4; 16])));
        vec![
            Body::StayAdmitted { facility },
            Body::StayDischarged { facility, admitted_on: day },
            Body::DiagnosisRecorded { category: DiagnosisCategory::Other },
            Body::AbilityAssessed { level: 4 },
            Body::EnrolmentStarted { insutype: Insutype::Resident },
            Body::EnrolmentStopped { insutype: Insutype::Resident },
            Body::SettlementSettled { settlement, inpatient: true, self_paid: amount, begin: day },
            Body::SettlementReversed { settlement },
            Body::LongTermCareApproved { mode: CareMode::Institution, monthly: amount },
            Body::LongTermCareEnded,
            Body::BenefitGranted {
                benefit,
                program,
                monthly: amount,
                category: home_care,
                verified_on: Some(day),
            },
            Body::BenefitChanged { benefit, monthly: Some(amount), category: other },
            Body::BenefitSuspended { benefit },
            Body::BenefitResumed { benefit },
            Body::BenefitEnded { benefit },
            Body::VerificationRecorded { benefit },
            Body::ApplicationRefused { program },
            Body::DisabilityCertified { category: Disability::Multiple, grade: 4, valid_until: day },
            Body::IncomeAssessed { annual: amount, property_ok: true },
            Body::VisitRecorded { visit: VisitId([5; 16]), kind: VisitKind::Elder },
            Body::CremationRecorded,
            Body::ContactRecorded,
        ]
    }

    /// Snapshots are read by the software of later days.
    #[test]
    fn statements_have_the_bytes_of_the_format() {
        let named = Named { who: mention(1), name: NameTag([2; 8]) };
        let subjects =
            [Subject::Person(named), Subject::Members(vec![named]), Subject::Nobody].into_iter().cycle();
        let mut bytes = Vec::new();
        for (place, (body, subject)) in of_persons().into_iter().chain(of_cases()).zip(subjects).enumerate() {
            let kind = postcard::to_stdvec(&body).unwrap()[0];
            assert_eq!(usize::from(kind), place, "{}", body.kind());
            let feed = Feed::ALL[place % Feed::ALL.len()];
            let content = Content::Fact(Fact { id: FactId([7; 16]), feed, on: Day(20_001), subject, body });
            let (event, sealed_id) = (EventTag([8; 16]), vec![9; 3]);
            let statement = Statement { event, sealed_id, time: Instant(10), offset: 11, content };
            bytes.extend(postcard::to_stdvec(&(feed, statement)).unwrap());
        }
        let retraction = Content::Retraction { id: FactId([12; 16]), retracts: EventTag([13; 16]) };
        bytes.extend(postcard::to_stdvec(&retraction).unwrap());
        let known = (3, "c72e1154ab7406c9d3683a5faf8a8be9df979f4a0a8df40688c4528e844496ab");
        assert_eq!((FORMAT, &*sha256_hex(&bytes)), known, "other bytes are another format");
    }
}
