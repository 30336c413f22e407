//! Which command a request is: the same `Idempotency-Key` of the same account is the same command.

use axum::http::HeaderMap;
use sanzao_model::{CommandKey, ItemId};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::act::ActBody;
use crate::problem::{Problem, ProblemType};

const MAX_CHARACTERS: usize = 128;

/// The key of a command: hash of account and header.
///
/// # Errors
/// When the header is missing, there twice, too long, or not visible ASCII.
pub(crate) fn command_key(headers: &HeaderMap, actor: &str) -> Result<CommandKey, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let key = values.next().filter(|_| values.next().is_none()).map(|value| value.as_bytes());
    let fits =
        |key: &&[u8]| (1..=MAX_CHARACTERS).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
    let Some(key) = key.filter(fits) else {
        let expected =
            "send one header idempotency-key of 1 to 128 visible ASCII characters, new for each command";
        return Err(Problem::new(ProblemType::IdempotencyKey, expected));
    };
    let hash = Sha256::new().chain_update(actor).chain_update([0]).chain_update(key).finalize();
    Ok(CommandKey(first_half(&hash.into())))
}

/// Tells commands with one key apart.
pub(crate) fn fingerprint(item: &ItemId, act: &ActBody) -> [u8; 16] {
    content_fingerprint(&(item, act))
}

/// Tells commands with one key apart by what they hold: nothing of which hashes may not stand in the log.
pub(crate) fn content_fingerprint(content: &impl Serialize) -> [u8; 16] {
    let text = serde_json::to_vec(content).expect("a command is plain data");
    first_half(&Sha256::digest(text).into())
}

/// The key of one of several commands that a request is: of the same request and part always the same.
pub(crate) fn part_key(key: CommandKey, part: &[u8]) -> CommandKey {
    let hash = Sha256::new().chain_update(b"part\0").chain_update(key.0).chain_update(part).finalize();
    CommandKey(first_half(&hash.into()))
}

fn first_half(hash: &[u8; 32]) -> [u8; 16] {
    *hash.first_chunk().expect("sixteen bytes are the first of thirty-two")
}
