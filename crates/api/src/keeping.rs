//! What a case holds in the vault: files, and words from outside. An id there hangs on the command that put it there, so
//! that a request that is sent again keeps nothing twice.

use sanzao_model::{CommandKey, RefusalCode, SubjectId};
use sanzao_vault::{Access, AttachmentError, AttachmentId, Content, NewAttachment, NoRandomness};

use crate::backend::Backend;
use crate::caller::Caller;
use crate::person::in_vault;
use crate::problem::{Problem, ProblemType};
use crate::state::ApiState;

/// The key of a command, as it names an attachment.
pub(crate) fn attachment_id(holder: SubjectId, key: CommandKey) -> AttachmentId {
    let key: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    AttachmentId::derived(holder, &key)
}

/// Who works in the vault now, and what for.
pub(crate) fn access(state: &ApiState, caller: &Caller, purpose: &str) -> Access {
    Access { actor: caller.name().to_owned(), purpose: purpose.to_owned(), at: state.backend().now() }
}

/// Keeps something.
///
/// # Errors
/// As the vault says; where something else has the id, the key was used for another request.
pub(crate) async fn keep(
    state: &ApiState,
    holder: SubjectId,
    new: NewAttachment,
    access: Access,
) -> Result<(), Problem> {
    let keep = move |backend: &dyn Backend| {
        in_vault(backend, |vault| {
            vault.attach(holder, &new, &access, &mut |bytes| backend.fill(bytes).map_err(|_| NoRandomness))
        })
    };
    state.block(keep).await.map(|_| ())
}

/// Holds what is sent again against what was kept. What is not kept any more nobody can compare.
///
/// # Errors
/// When it is something else: then the key was used for another request. As the vault says.
pub(crate) async fn require_same(
    state: &ApiState,
    id: AttachmentId,
    content: Content,
    access: Access,
) -> Result<(), Problem> {
    let look = move |backend: &dyn Backend| in_vault(backend, |vault| vault.attachment(id, &access));
    match state.block(look).await? {
        Some(kept) if kept.content != content => Err(RefusalCode::KeyReused.into()),
        _ => Ok(()),
    }
}

impl From<AttachmentError> for Problem {
    fn from(error: AttachmentError) -> Problem {
        let kind = match &error {
            AttachmentError::Taken => return RefusalCode::KeyReused.into(),
            AttachmentError::MediaType => ProblemType::MediaType,
            AttachmentError::TooLong { .. } => ProblemType::TooLarge,
            AttachmentError::Name => ProblemType::Query,
            AttachmentError::Empty
            | AttachmentError::HolderFull { .. }
            | AttachmentError::OtherType { .. }
            | AttachmentError::Malformed { .. }
            | AttachmentError::Pixels { .. }
            | AttachmentError::Active { .. }
            | AttachmentError::Encrypted
            | AttachmentError::Hidden
            | AttachmentError::Unpacks { .. }
            | AttachmentError::Report => ProblemType::Content,
        };
        Problem::new(kind, error.to_string())
    }
}
