//! The shared vocabulary of Sanzao: identifiers, ID numbers, divisions, money, days, facts, findings,
//! work events and rejections, and the records that stages exchange.
//!
//! Must not know: async, I/O, SQL, a clock.

mod body;
mod command;
mod day;
mod division;
mod fact;
mod feed;
mod finding;
mod handling;
mod id;
mod id_number;
mod identity;
mod item_state;
mod money;
mod program;
mod receipt;
mod record;
mod record_kind;
mod resident;
mod wire;
mod work;

pub use body::{
    Body, CareMode, Category, CustodyKind, DiagnosisCategory, Disability, HomeCareCategory, InsuranceScheme,
    Insutype, PensionScheme, RelationKind, Sex, UnemploymentEnd, VisitKind, WithdrawalReason,
};
pub use command::{Command, CommandKey, Order, Outcome, RefusalCode, Report};
pub use day::{Day, DayError, Instant, InstantError, IsoWeek, Month};
pub use division::{Area, AreaError, Bureau, Division, DivisionError};
pub use fact::{Fact, Mention, Named, Subject};
pub use feed::Feed;
pub use finding::{
    Evidence, EvidenceRole, FeedAge, Finding, Level, LevelState, Procedure, RuleId, Sensitivity, SubjectId,
    Suspension,
};
pub use handling::{Act, Attachment, Comment, Deed, Handling, ReportSource, Second, SecondOpinion, Wake};
pub use id::{
    AttachmentId, BenefitId, EventTag, FacilityId, FactId, HouseholdId, IdError, ItemId, NameTag, PersonId,
    SettlementId, VisitId,
};
pub use id_number::{IdNumber, IdNumberError};
pub use identity::{Identity, IdentityBatch};
pub use item_state::{
    AlertState, Appeal, Approval, Closure, Completion, Decision, ItemState, Notice, NoticeAnswer,
    NoticeMeans, Proof, TaskState,
};
pub use money::{Fen, FenError};
pub use program::Program;
pub use receipt::{Place, Receipt, ReceiptBatch, ReceiptOutcome, Rejection, SealedOriginal, Warning};
pub use record::{
    Content, FactBatch, FactsRecord, FindingBatch, InboxRecord, Note, RecordError, RuleFile, Statement,
    WorkRecord,
};
pub use record_kind::{RecordKind, kinds};
pub use resident::Resident;
pub use wire::CLOUD_EVENT;
pub use work::{Item, Reopening, Shown, Sighting, WorkEvent};
