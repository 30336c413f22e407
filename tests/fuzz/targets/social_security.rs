//! Events of one feed, whole.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use sanzao_fuzz::{judge, mutate};
use sanzao_model::Feed;

fuzz_target!(|event: &[u8]| judge(Feed::SocialSecurity, event));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});
