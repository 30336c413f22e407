//! What a district costs: `measure PEOPLE MONTHS SEED [DIR]` writes it to files (or only counts its lines)
//! and says lines, seconds, CPU and the most memory that was resident. The last three are read from Linux's
//! `/proc`.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use sanzao_synth::{District, generate, write_dir};

/// Linux counts CPU in ticks of 1/100 s.
const TICKS: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [people, months, seed, folder @ ..] = &arguments[..] else {
        return Err("usage: measure PEOPLE MONTHS SEED [DIR]".into());
    };
    let district = District::new(people.parse()?, months.parse()?, seed.parse()?);
    let started = Instant::now();
    let summary = match folder {
        [] => generate(&district, &mut |_| Ok::<(), sanzao_synth::Error>(()), &mut |_| ())?,
        [folder, ..] => write_dir(&district, Path::new(folder), &mut |_| ())?,
    };
    let seconds = started.elapsed().as_secs_f64();
    let (user, system) = cpu_seconds()?;
    let lines = summary.total() as f64;
    eprintln!(
        "{lines} lines ({:.2} a person) in {seconds:.1} s: {:.0} lines/s",
        lines / f64::from(district.people),
        lines / seconds
    );
    eprintln!(
        "CPU: {user:.1} s user, {system:.1} s system: {:.0} lines a second of both",
        lines / (user + system)
    );
    eprintln!("most resident: {:.0} MiB", resident_kib()? / 1024.0);
    eprintln!("{:?}", summary.lines);
    Ok(())
}

fn cpu_seconds() -> Result<(f64, f64), Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().ok_or("no stat")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? / TICKS, fields[12].parse::<f64>()? / TICKS))
}

fn resident_kib() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no peak")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}
