//! Headers in one blob: for each, the length of the name and the name, the length of the value and the value;
//! lengths are four bytes, little end first. No headers are no bytes.

type Headers = Vec<(String, Vec<u8>)>;

pub(super) fn encode(headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut blob = Vec::new();
    for (name, value) in headers {
        for part in [name.as_bytes(), value] {
            let length = u32::try_from(part.len()).expect("a record is at most 64 MiB");
            blob.extend_from_slice(&length.to_le_bytes());
            blob.extend_from_slice(part);
        }
    }
    blob
}

/// None if the blob was not made by [`encode`].
pub(super) fn decode(mut blob: &[u8]) -> Option<Headers> {
    let mut headers = Vec::new();
    while !blob.is_empty() {
        let name = String::from_utf8(take_part(&mut blob)?.to_vec()).ok()?;
        headers.push((name, take_part(&mut blob)?.to_vec()));
    }
    Some(headers)
}

fn take_part<'a>(blob: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *blob = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(headers: Vec<(String, Vec<u8>)>) {
            prop_assert_eq!(decode(&encode(&headers)), Some(headers));
        }

        #[test]
        fn a_cut_blob_is_refused(name in ".{1,8}", value: Vec<u8>, cut in 1usize..8) {
            let blob = encode(&[(name, value)]);
            prop_assert_eq!(decode(&blob[..blob.len() - cut.min(blob.len() - 1)]), None);
        }

        #[test]
        fn any_bytes_are_read_without_panic(blob: Vec<u8>) {
            let _ = decode(&blob);
        }
    }
}
