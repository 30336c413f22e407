//! `sanzao vault`: who is who, for those who may know; and the keys.

mod export;
mod keys;

use std::io::BufRead;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use sanzao_api::holds_personal_number;
use sanzao_audit::{Action, Entry};
use sanzao_model::PersonId;
use sanzao_vault::{Access, Query};
use serde_json::json;

use crate::audit_log::Audit;
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::vault_options::{AccessArgs, SearchBy, VaultAct, VaultArgs};

pub(crate) fn run(args: &VaultArgs) -> Result<ExitCode> {
    ensure!(args.data.is_some() || args.config.is_some(), "name a data directory with --data, or --config");
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)
        .context(
            "of a running platform ask the API: POST /v1/people/search, POST /v1/people/{person}/reveal, \
             POST /v1/people/{person}/erase",
        )?
        .keep_to_itself()?;
    if let VaultAct::Restore { file } = &args.act {
        // Before anything more is read from the log: see `Vault::restore_keys`.
        keys::restore(&pipeline, file, args.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let VaultAct::Rotate { add: Some(id) } = &args.act {
        keys::add_master(&pipeline, id)?;
    }
    catch_up(&pipeline)?;
    match &args.act {
        VaultAct::Status => status(&pipeline, args.json)?,
        VaultAct::Search { by, access } => {
            let access = recorded(&pipeline, access, Action::SearchPeople, None)?;
            search(&pipeline, *by, &access, args.json)?;
        }
        VaultAct::Reveal { person, access } => {
            let access = recorded(&pipeline, access, Action::Reveal, Some(*person))?;
            reveal(&pipeline, *person, &access, args.json)?;
        }
        VaultAct::Export { person, out, access } => {
            let access = recorded(&pipeline, access, Action::ExportPerson, Some(*person))?;
            export::run(&pipeline, *person, out, &access, args.json)?;
        }
        VaultAct::Erase { person, yes: _, access } => {
            let access = recorded(&pipeline, access, Action::ErasePerson, Some(*person))?;
            erase(&pipeline, *person, &access, args.json)?;
        }
        VaultAct::Accesses { after, limit } => accesses(&pipeline, *after, *limit, args.json)?,
        VaultAct::Rotate { .. } => keys::rotate(&pipeline, args.json)?,
        VaultAct::Backup { file } => keys::backup(&pipeline, file, args.json)?,
        VaultAct::Copy { file } => keys::copy(&pipeline, file, args.json)?,
        VaultAct::Restore { .. } => {}
        VaultAct::Compact => keys::compact(&pipeline, args.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is given stays in the records of access for good, in plain text.
fn allowed(access: &AccessArgs) -> Result<Access> {
    for (what, text) in [("--purpose", &access.purpose), ("--actor", &access.actor)] {
        ensure!(
            !holds_personal_number(text),
            "{what} must have no ID and mobile numbers in it, nor digits that look like one: it is kept in plain text"
        );
    }
    Ok(Access { actor: access.actor.clone(), purpose: access.purpose.clone(), at: clock::now() })
}

/// Who does what for which purpose, on the audit record first: where that cannot be, it does not happen.
fn recorded(
    pipeline: &Pipeline,
    access: &AccessArgs,
    action: Action,
    person: Option<PersonId>,
) -> Result<Access> {
    let access = allowed(access)?;
    let mut entry = Entry::new(access.at, format!("command-line:{}", access.actor), action);
    (entry.purpose, entry.subjects) = (Some(access.purpose.clone()), person.into_iter().collect());
    let (journal, topics) = (Arc::clone(&pipeline.journal), &pipeline.topics);
    let audit = Audit::open(journal, topics.audit(), &pipeline.data, topics.node())?;
    audit.recording(&format!("process {}", std::process::id()))?.record(entry)?;
    Ok(access)
}

fn reveal(pipeline: &Pipeline, person: PersonId, access: &Access, as_json: bool) -> Result<()> {
    let revealed = pipeline.identities().with(|vault| vault.reveal(person, access))?;
    let Some(revealed) = revealed else {
        bail!(
            "nobody is held under {person}: they were erased or never named; `sanzao vault search` finds people"
        )
    };
    if as_json {
        return say!("{}", serde_json::to_string(&revealed)?);
    }
    let lists = [
        ("number", &revealed.numbers),
        ("name", &revealed.names),
        ("phone", &revealed.phones),
        ("address", &revealed.addresses),
    ];
    for (what, known) in lists {
        for known in known {
            let feeds: Vec<_> = known.sources.iter().map(|by| by.feed.as_str()).collect();
            say!("{what:8} {}  ({}, last {})", known.value, feeds.join(", "), known.last())?;
        }
    }
    Ok(())
}

/// Takes in what waits, so that the vault knows whoever was sent.
fn catch_up(pipeline: &Pipeline) -> Result<()> {
    if pipeline.is_exclusive {
        pipeline.drain_intakes(&|_| {})?;
    }
    let counter = progress::counter("keeping identities");
    let mut stage = pipeline.vault_stage();
    while stage.step()? {
        counter.set_position(stage.kept.1);
    }
    counter.finish_and_clear();
    Ok(())
}

fn status(pipeline: &Pipeline, as_json: bool) -> Result<()> {
    let status = pipeline.identities().with(|vault| vault.status())?;
    let masters: Vec<_> =
        status.masters.iter().map(|(id, keys)| json!({"id": id.as_str(), "keys": keys})).collect();
    if as_json {
        let report = json!({
            "suite": status.suite.as_str(), "people": status.people, "values": status.values, "masters": masters,
            "erased": status.erased, "unwiped": status.unwiped, "accesses": status.accesses,
        });
        return say!("{report}");
    }
    say!("{} people with {} numbers, names, phones and addresses", status.people, status.values)?;
    say!(
        "new keys encrypt with {}; {} people erased; {} accesses",
        status.suite.as_str(),
        status.erased,
        status.accesses
    )?;
    for (id, keys) in &status.masters {
        say!("master key {id} wraps {keys} keys")?;
    }
    if status.unwiped > 0 {
        say!("{} erasures are not wiped from the file yet: run `sanzao vault compact`", status.unwiped)?;
    }
    Ok(())
}

fn search(pipeline: &Pipeline, by: SearchBy, access: &Access, as_json: bool) -> Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read standard input")?;
    let text = line.trim();
    let query = match by {
        SearchBy::Number => Query::IdNumber(text),
        SearchBy::Name => Query::Name(text),
        SearchBy::Phone => Query::Phone(text),
    };
    let (found, masks) = pipeline.identities().with(|vault| {
        let found = vault.search(query, access)?;
        let masks = vault.masked(&found.people)?;
        Ok((found, masks))
    })?;
    if as_json {
        let people = found.people.iter().map(|person| {
            let mask = masks.get(person);
            json!({"person": person, "name": mask.and_then(|mask| mask.name.clone()),
                "last_four": mask.map(|mask| mask.last_four.clone())})
        });
        return say!("{}", json!({"people": people.collect::<Vec<_>>(), "more": found.more}));
    }
    for person in &found.people {
        let mask = masks.get(person);
        let name = mask.and_then(|mask| mask.name.as_deref()).unwrap_or("-");
        say!("{person}  {name}  {}", mask.map_or("-", |mask| mask.last_four.as_str()))?;
    }
    match (found.people.len(), found.more) {
        (0, _) => say!("nobody was found; a whole number, name or phone is needed"),
        (_, true) => say!("… and more: search by something rarer"),
        _ => Ok(()),
    }
}

fn erase(pipeline: &Pipeline, person: PersonId, access: &Access, as_json: bool) -> Result<()> {
    let done = pipeline
        .eraser()
        .erase(person, access)
        .context("the erasure may have been carried out in part: run it again, nothing is done twice")?;
    if pipeline.data.audit_keys().exists() {
        let (journal, topics) = (Arc::clone(&pipeline.journal), &pipeline.topics);
        let audit = Audit::open(journal, topics.audit(), &pipeline.data, topics.node())?;
        audit.forget(person, access.at).context("the audit record: run the erasure again")?;
    }
    // The ledger forgets now, so that the next snapshot has nothing of the person.
    for bureau in pipeline.topics.bureaus() {
        if pipeline.is_exclusive {
            let mut stage = pipeline.discovery(*bureau, None)?;
            while stage.step()? {}
        }
    }
    let values = done.erasure.numbers + done.erasure.names + done.erasure.phones + done.erasure.addresses;
    if as_json {
        let remains =
            done.remains.iter().map(|r| json!({"where": r.place, "what": r.what, "until": r.until}));
        let report = json!({
            "person": person, "key_destroyed": done.erasure.key, "values_deleted": values,
            "facts_offset": done.facts_offset, "remains": remains.collect::<Vec<_>>(),
        });
        return say!("{report}");
    }
    let key = if done.erasure.key { "the key is destroyed" } else { "there was no key" };
    say!("{person} is erased: {key}, {values} values deleted, the ledger forgets the facts")?;
    say!("what remains:")?;
    for remains in &done.remains {
        say!("  {}: {}; {}", remains.place, remains.what, remains.until)?;
    }
    Ok(())
}

fn accesses(pipeline: &Pipeline, after: u64, limit: u32, as_json: bool) -> Result<()> {
    let records = pipeline.identities().with(|vault| {
        vault.verify_accesses()?;
        vault.accesses(after, limit as usize)
    })?;
    for record in &records {
        if as_json {
            say!("{}", serde_json::to_string(record)?)?;
        } else {
            let people: Vec<String> = record.people.iter().map(ToString::to_string).collect();
            let (number, at, act) = (record.number, record.at, record.act);
            say!("{number} {at} {}: {act:?}, {} [{}]", record.actor, record.purpose, people.join(" "))?;
        }
    }
    Ok(())
}
