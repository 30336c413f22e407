//! Which closed alerts are drawn for a second review.

use sanzao_model::ItemId;
use sha2::{Digest, Sha256};

/// One of so many: 5 %.
const ONE_OF: u64 = 20;

/// Whether a closed alert is drawn: by a hash over its id and the offset after the command that closed it, which
/// nobody chooses, so that whoever closes it cannot tell before.
pub(crate) fn is_drawn(id: &ItemId, offset_after: u64) -> bool {
    let hash = Sha256::new()
        .chain_update(b"second review")
        .chain_update(id.0)
        .chain_update(offset_after.to_le_bytes())
        .finalize();
    let first = hash.first_chunk().expect("eight bytes are the first of thirty-two");
    u64::from_le_bytes(*first) % ONE_OF == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_of_twenty_whatever_is_counted_on() {
        for same in [true, false] {
            let drawn = (0..20_000_u64).filter(|number| {
                let mut id = [7; 16];
                id[..8].copy_from_slice(&if same { 1_u64 } else { *number }.to_le_bytes());
                is_drawn(&ItemId(id), if same { *number } else { 9 })
            });
            // 1,000 expected, 31 the standard deviation.
            let count = drawn.count();
            assert!((850..1_150).contains(&count), "{count}");
        }
    }
}
