//! A district that is many times larger than a run does not stay in memory. A test binary of its own, because
//! it looks at the whole process.

use sanzao_synth::{District, Error, generate};

#[test]
fn memory_is_bounded() {
    let mut bytes = 0;
    let mut count = |line: sanzao_synth::Line| {
        bytes += line.json.len();
        Ok::<(), Error>(())
    };
    generate(&District::new(70_000, 12, 1), &mut count, &mut |_| ()).expect("a possible district");
    assert!(bytes > 240 << 20, "only {bytes} bytes were made: too few to say anything");
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        println!("SKIPPED: only Linux tells how much memory was resident");
        return;
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the peak");
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().expect("a figure in kB");
    println!("{} MiB of lines, {} MiB resident", bytes >> 20, kib >> 10);
    assert!(kib < 120 << 10, "{} MiB resident for {} MiB of lines", kib >> 10, bytes >> 20);
}
