//! `sanzao snapshot`: what snapshots there are, whether they hold, and one of the bucket on a new disk.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use sanzao_journal::DirectoryLock;
use sanzao_ledger::{Damage, Listed, Manifest, Snapshots};
use sanzao_model::Bureau;

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::snapshot_options::{SnapshotArgs, SnapshotCommand, SnapshotPlace, SnapshotRestoreArgs};
use crate::snapshot_stores::SnapshotStores;

pub(crate) fn run(args: &SnapshotArgs) -> Result<ExitCode> {
    match &args.command {
        SnapshotCommand::List(place) => list(place),
        SnapshotCommand::Verify(place) => verify(place),
        SnapshotCommand::Restore(args) => restore(args),
    }
}

/// The stores that are configured, and the bureaus to look at.
fn open(place: &SnapshotPlace) -> Result<(SnapshotStores, Vec<Bureau>)> {
    let config = Config::read_with_data(place.config.as_deref(), place.data.as_deref())?;
    let bureaus = match &place.bureau {
        Some(_) => vec![config.clone().for_bureau(&place.bureau).bureau()?],
        None => config.bureaus()?,
    };
    Ok((SnapshotStores::open(&config, &DataDir::create(&config.data)?)?, bureaus))
}

fn list(place: &SnapshotPlace) -> Result<ExitCode> {
    let (stores, bureaus) = open(place)?;
    let mut any = false;
    for store in stores.all() {
        for bureau in &bureaus {
            for listed in store.list(*bureau)? {
                any = true;
                tell(store, *bureau, &listed, None, place.json)?;
            }
        }
    }
    if !any && !place.json {
        say!("no snapshots: the first is written after [snapshots] hours, or snapshot_facts events")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(place: &SnapshotPlace) -> Result<ExitCode> {
    let (stores, bureaus) = open(place)?;
    let mut all_hold = true;
    for store in stores.all() {
        for bureau in &bureaus {
            for listed in store.list(*bureau)? {
                let verified = listed.manifest.as_ref().map_err(Clone::clone).and_then(|it| store.verify(it));
                all_hold &= verified.is_ok();
                tell(store, *bureau, &listed, Some(verified), place.json)?;
            }
        }
    }
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line about a snapshot.
fn tell(
    store: &Snapshots,
    bureau: Bureau,
    listed: &Listed,
    verified: Option<Result<(), Damage>>,
    json: bool,
) -> Result<()> {
    let damage = match (&listed.manifest, &verified) {
        (Err(damage), _) | (Ok(_), Some(Err(damage))) => Some(damage.to_string()),
        (Ok(_), Some(Ok(())) | None) => None,
    };
    let manifest = listed.manifest.as_ref().ok();
    let bytes = manifest.map(|it| it.parts.iter().map(|part| part.bytes).sum::<u64>());
    if json {
        let of = |get: fn(&Manifest) -> u64| manifest.map(get);
        let report = serde_json::json!({
            "place": store.place(), "bureau": bureau.to_string(), "offset": listed.facts_offset,
            "created_at": manifest.map(|it| &it.created_at), "log": manifest.map(|it| &it.position.log),
            "people": of(|it| it.people), "events": of(|it| it.events), "facts": of(|it| it.facts), "bytes": bytes,
            "verified": verified.map(|verified| verified.is_ok()), "damage": damage,
        });
        return say!("{report}");
    }
    let (place, offset) = (store.place(), listed.facts_offset);
    let told = match (manifest, damage) {
        (_, Some(damage)) => format!("CANNOT BE USED: {damage}"),
        (Some(manifest), None) => format!(
            "{}, {} people, {} events, {} MB{}",
            manifest.created_at,
            manifest.people,
            manifest.events,
            bytes.unwrap_or(0).div_ceil(1 << 20),
            if verified.is_some() { ", holds" } else { "" }
        ),
        (None, None) => String::new(),
    };
    say!("{place}: bureau {bureau}, facts up to {offset}: {told}")
}

/// Of how many logs these are.
fn logs(listed: &[Listed]) -> usize {
    let manifests = listed.iter().filter_map(|listed| listed.manifest.as_ref().ok());
    manifests.map(|manifest| &*manifest.position.log).collect::<BTreeSet<&str>>().len()
}

fn restore(args: &SnapshotRestoreArgs) -> Result<ExitCode> {
    let (stores, bureaus) = open(&args.place)?;
    let Some(far) = &stores.far else {
        bail!("no bucket is configured to restore from: name it in [snapshots.bucket]")
    };
    ensure!(args.offset.is_none() || bureaus.len() == 1, "--offset is of one bureau: name it with --bureau");
    let data = Config::read_with_data(args.place.config.as_deref(), args.place.data.as_deref())?.data;
    let _lock =
        DirectoryLock::acquire(&data).context("stop the process first: it writes snapshots there itself")?;
    for bureau in bureaus {
        let wanted = |listed: &Listed| args.offset.is_none_or(|offset| offset == listed.facts_offset);
        let mut restored = None;
        let wanted: Vec<Listed> = far.list(bureau)?.into_iter().filter(wanted).collect();
        ensure!(
            logs(&wanted) <= 1,
            "{} has snapshots of bureau {bureau} of several logs, and only those of the log in use are of any use: sanzao \
             snapshot list --json tells them apart; name one with --bureau and --offset, and delete the others",
            far.place()
        );
        for listed in wanted {
            let copied = match &listed.manifest {
                Ok(manifest) => far.copy(manifest, &stores.near).map_err(|error| error.to_string()),
                Err(damage) => Err(damage.to_string()),
            };
            match copied {
                Ok(_) => {
                    restored = Some(listed);
                    break;
                }
                Err(error) => tracing::warn!(%bureau, snapshot = listed.name, error, "snapshot skipped"),
            }
        }
        let Some(listed) = restored else {
            bail!(
                "{} has no snapshot of bureau {bureau} that could be copied: see sanzao snapshot verify",
                far.place()
            )
        };
        let verified = listed.manifest.as_ref().map_err(Clone::clone).and_then(|it| stores.near.verify(it));
        tell(&stores.near, bureau, &listed, Some(verified.clone()), args.place.json)?;
        ensure!(verified.is_ok(), "what was copied does not verify: is the disk sound?");
        if args.offset.is_some() {
            choose(&stores.near, bureau, listed.facts_offset)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Has the next start go on from this one, though there may be newer ones: those of the folder go, and the bucket is
/// not asked.
fn choose(near: &Snapshots, bureau: Bureau, offset: u64) -> Result<()> {
    near.choose(bureau, Some(offset))?;
    for newer in near.list(bureau)?.into_iter().filter(|listed| listed.facts_offset > offset) {
        near.remove(bureau, &newer)?;
    }
    Ok(())
}
