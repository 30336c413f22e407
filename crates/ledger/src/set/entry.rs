//! A fact as it is kept.

use sanzao_model::{BenefitId, Day, FactId, Feed, Fen, NameTag, Program};
use smallvec::SmallVec;

use super::PersonIndex;
use crate::events::EventIndex;
use crate::told::{Amount, CategoryNo, MaybeDay, Told};

/// A fact with its statements, in 80 bytes.
#[derive(Debug)]
pub(crate) struct FactEntry {
    pub id: FactId,
    pub told: Told,
    /// Whom it names as subject; `FactSet::named` reads it.
    pub(super) whom: Whom,
    pub on: Day,
    /// Whom it names beside the subject: `related`, child or the former number.
    pub(super) other: MaybePerson,
    pub(super) stated_by: StatedBy,
    /// The event of its latest statement that no retraction voids; the fact counts only while there is one.
    pub holds: Option<EventIndex>,
    pub feed: Feed,
    /// Whether its subject is a list of members.
    pub is_list: bool,
    /// Whether another fact has its settlement number, so that one of them may not count.
    pub shares_settlement: bool,
}

/// One person with the name given, or, with one of two numbers that nobody has, nobody or the place of a list.
pub(super) type Whom = (PersonIndex, NameTag);

pub(super) const NOBODY: PersonIndex = PersonIndex::MAX;
pub(super) const LISTED: PersonIndex = PersonIndex::MAX - 1;
/// From here on places are no people's.
pub(crate) const FIRST_THAT_IS_NOBODY: PersonIndex = LISTED;

/// Somebody, or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MaybePerson(PersonIndex);

impl MaybePerson {
    pub fn of(person: Option<PersonIndex>) -> MaybePerson {
        MaybePerson(person.unwrap_or(NOBODY))
    }
}

/// The event that ever stated a fact, or, with the highest bit, the place of a list of several; nothing before
/// the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatedBy(pub Option<EventIndex>);

const SEVERAL: u32 = 1 << 31;

/// A reading of [`StatedBy`].
pub(super) enum Stating {
    Nothing,
    One,
    Several(usize),
}

impl StatedBy {
    pub const NOTHING: StatedBy = StatedBy(None);

    pub fn several(place: usize) -> StatedBy {
        let place = u32::try_from(place).ok().filter(|place| *place < SEVERAL - 1);
        StatedBy(Some(EventIndex::at(place.expect("there are fewer lists than facts") | SEVERAL)))
    }

    pub fn read(self) -> Stating {
        match self.0.map(EventIndex::number) {
            None => Stating::Nothing,
            Some(number) if number & SEVERAL == 0 => Stating::One,
            Some(number) => Stating::Several((number & !SEVERAL) as usize),
        }
    }
}

/// People and the names given.
pub(crate) type NamedList = SmallVec<[Whom; 1]>;

/// What a fact to be entered says, with the places of people.
pub(crate) struct Whoever {
    pub named: NamedList,
    pub other: Option<PersonIndex>,
}

impl FactEntry {
    /// Whom it names beside the subject.
    pub fn other(&self) -> Option<PersonIndex> {
        (self.other.0 != NOBODY).then_some(self.other.0)
    }
}

impl FactEntry {
    /// Overwrites all that it says, with what takes the most room.
    pub(super) fn blank(&mut self) {
        self.told = Told::BenefitGranted {
            benefit: BenefitId::default(),
            program: Program::Dibao,
            monthly: Amount::of(Fen(0)),
            category: CategoryNo::NONE,
            verified_on: MaybeDay::of(None),
        };
        (self.whom, self.other) = ((NOBODY, NameTag::default()), MaybePerson::of(None));
        (self.id, self.on, self.holds) = (FactId::default(), Day::default(), None);
        self.stated_by = StatedBy::NOTHING;
    }
}

/// The place of a list, as it stands where a name would.
pub(super) fn list_no(place: NameTag) -> usize {
    u64::from_le_bytes(place.0) as usize
}
