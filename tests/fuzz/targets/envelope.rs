//! Events in binary mode: header lines as `name: value`, a blank line, the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sanzao_fuzz::judge_message;

fuzz_target!(|message: &[u8]| judge_message(message));
