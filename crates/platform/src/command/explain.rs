//! `sanzao explain`: why there is an alert or a task, from the log alone, by the rules and parameters of its time.

mod told;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use sanzao_api::kind_name;
use sanzao_discovery::{Parameter, Parameters, RuleSet};
use sanzao_ledger::Ledger;
use sanzao_model::{
    Bureau, Evidence, EvidenceRole, FeedAge, Finding, FindingBatch, InboxRecord, Item, Reopening, SubjectId,
};
use serde_json::{Value, json};

use crate::cli::ExplainArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::stage::{Evaluator, OnRecord};
use crate::sweep::FindingMap;
use told::Told;

/// What is told of an item.
struct Explained {
    bureau: Bureau,
    told: Told,
    /// The batch of findings by which it shows what it shows.
    batch: FindingBatch,
    /// Whether the log, evaluated again by the rules of that time, says the same; or why it cannot be evaluated.
    again: Result<bool, String>,
    /// The rule as it was written then.
    sql: Option<String>,
    /// The numbers that the rule read.
    numbers: Vec<Parameter>,
}

pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)
        .context("of a running platform ask the API: GET /v1/alerts/{id}, GET /v1/tasks/{id}")?;
    for bureau in pipeline.topics.bureaus() {
        let Some(told) = told::read(&pipeline, *bureau, args.item)? else { continue };
        let explained = explain(&pipeline, *bureau, told)?;
        if args.json {
            say!("{}", explained.json(args.sql))?;
        } else {
            print(&explained, args.sql)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    bail!("no alert or task has the id {}: ids are listed by GET /v1/alerts and /v1/tasks", args.item)
}

fn explain(pipeline: &Pipeline, bureau: Bureau, told: Told) -> Result<Explained> {
    let batch = batch(pipeline, bureau, told.inbox_offset)?;
    let stage = pipeline.ledger_upto(bureau, batch.upto)?;
    let item = &told.item;
    let mut explained = Explained {
        bureau,
        again: Err("no rules were on record".into()),
        sql: None,
        numbers: Vec::new(),
        batch,
        told: Told { statements: told::statements(pipeline, bureau, &item.finding)?, ..told.clone() },
    };
    let on_record = stage.on_record();
    let file = format!("{}.sql", item.rule);
    explained.sql = on_record.rules.iter().find(|rule| rule.file == file).map(|rule| rule.text.clone());
    // Of its rule alone: another that fails says nothing of it.
    let rules = on_record.rules.iter().filter(|rule| rule.file == file).cloned().collect();
    let on_record = OnRecord { rules, ..on_record.clone() };
    match on_record.load() {
        Err(error) => explained.again = Err(format!("{:#}", anyhow::Error::from(error))),
        Ok((rules, parameters)) => {
            let is_read = |parameter: &&Parameter| rules.rules().iter().any(|it| it.names(&parameter.name));
            explained.numbers = parameters.iter().filter(is_read).cloned().collect();
            let found = again(&rules, &parameters, stage.ledger(), item, &explained.batch);
            explained.again = found.map_err(|error| error.to_string());
        }
    }
    Ok(explained)
}

/// The findings by which an item shows what it shows.
fn batch(pipeline: &Pipeline, bureau: Bureau, offset: u64) -> Result<FindingBatch> {
    let inbox = pipeline.topics.inbox(bureau);
    let read = pipeline.journal.read(&inbox, offset, 1)?;
    let record = read.records.first().filter(|record| record.offset == offset);
    let record = record.with_context(|| format!("{inbox} has no record {offset}: it was cut"))?;
    match InboxRecord::from_bytes(&record.value).with_context(|| format!("{inbox} {offset}"))? {
        InboxRecord::Findings(batch) => Ok(batch),
        InboxRecord::Command(_) => bail!(
            "somebody opened this alert: it was told of from outside, or asked for again; in the second case explain the \
             one that it goes on from"
        ),
    }
}

/// Whether the rules of that time, run again over the facts of that time, find the same.
fn again(
    rules: &RuleSet,
    parameters: &Parameters,
    ledger: &Ledger,
    item: &Item,
    batch: &FindingBatch,
) -> Result<bool> {
    let mut evaluator = Evaluator::new(rules, parameters)?;
    let mut results = Vec::new();
    let scope = ledger.scope_of(item.subject);
    evaluator.evaluate(ledger, &[scope], batch.day, &mut |_, _, evaluation| results.push(evaluation));
    let mut map = FindingMap::new();
    for evaluation in results {
        evaluator.collect(evaluation, &mut map).map_err(anyhow::Error::msg)?;
    }
    let key = (item.rule.clone(), item.subject, item.finding.occasion.clone());
    Ok(map.get(&key) == Some(&item.finding))
}

/// What a fact is to the finding, in Chinese.
fn role(role: EvidenceRole) -> &'static str {
    match role {
        EvidenceRole::Trigger => "触发",
        EvidenceRole::Link => "相关",
        EvidenceRole::Context => "背景",
    }
}

impl Explained {
    fn json(&self, sql: bool) -> Value {
        let Explained { bureau, told, batch, again, .. } = self;
        let item = &told.item;
        let finding = &item.finding;
        let (person_id, household_id) = match item.subject {
            SubjectId::Person(person) => (Some(person.to_string()), None),
            SubjectId::Household(household) => (None, Some(household.to_string())),
        };
        let number = |parameter: &Parameter| {
            let value = parameter.at(item.division, batch.day);
            json!({
                "name": parameter.name, "value": value.value, "unit": parameter.unit, "chinese": parameter.chinese,
                "area": value.area.as_str(), "from": value.from, "source": value.source,
            })
        };
        json!({
            "bureau": bureau.to_string(), "item": item.id, "rule": item.rule, "version": item.version,
            "title": item.title, "procedure": item.procedure, "state": item.state.as_str(),
            "person_id": person_id, "household_id": household_id, "division": item.division,
            "episode": item.episode, "previous": item.previous, "reopening": item.reopening, "occasion": finding.occasion, "opened_on": item.opened_on, "due": item.due,
            "judged_on": batch.day, "facts_upto": batch.upto, "why": finding.why,
            "values": serde_json::from_str::<Value>(&finding.values).unwrap_or_default(),
            "evidence": self.evidence(), "feeds": self.ages(),
            "parameters": self.numbers.iter().map(number).collect::<Vec<_>>(),
            "legal_basis": finding.legal_basis, "clears": finding.clears,
            "found_again": again.as_ref().ok(), "not_evaluated": again.as_ref().err(),
            "history": told.history, "sql": if sql { self.sql.clone() } else { None },
        })
    }

    fn evidence(&self) -> Vec<Value> {
        let fact = |evidence: &Evidence| {
            json!({
                "fact": evidence.fact, "feed": evidence.feed, "department": evidence.feed.department(),
                "kind": evidence.kind, "kind_name": kind_name(&evidence.kind), "on": evidence.on,
                "role": evidence.role,
                "statements": self.told.statements.get(&evidence.fact).cloned().unwrap_or_default(),
            })
        };
        sorted(&self.told.item.finding).into_iter().map(fact).collect()
    }

    fn ages(&self) -> Vec<Value> {
        let age = |age: &FeedAge| {
            json!({
                "feed": age.feed, "department": age.feed.department(), "newest": age.newest.to_string(),
                "age_days": age.age_days,
            })
        };
        self.told.item.ages.iter().map(age).collect()
    }
}

/// Evidence by day, department and type.
fn sorted(finding: &Finding) -> Vec<&Evidence> {
    let mut evidence: Vec<_> = finding.evidence.iter().collect();
    evidence.sort_by(|a, b| (a.on, a.feed, &a.kind, a.fact).cmp(&(b.on, b.feed, &b.kind, b.fact)));
    evidence
}

fn print(explained: &Explained, sql: bool) -> Result<()> {
    let Explained { told, batch, again, .. } = explained;
    let item = &told.item;
    let finding = &item.finding;
    say!("{}（{} 第{}版，{}）", item.title, item.rule, item.version, item.state.as_str())?;
    say!("{}", finding.why)?;
    say!(
        "判断日期：{}；事由：{}；应于{}前处理；{}起",
        batch.day,
        finding.occasion,
        item.due,
        item.opened_on
    )?;
    if let Some(previous) = item.previous {
        let why = match &item.reopening {
            Some(Reopening::NewEvidence { new }) => format!("有新的依据（{}条）", new.len()),
            Some(Reopening::Expired { on, .. }) => format!("到了再次查看的日期{on}"),
            Some(Reopening::Asked { by, reason }) => format!("{by}要求再看（{reason}）"),
            None => "原因未记录".to_owned(),
        };
        say!("第{}次提出，{why}；上一次：{previous}", item.episode)?;
    }
    say!("数值：{}", finding.values)?;
    print_grounds(explained)?;
    say!("法规依据：{}", finding.legal_basis)?;
    say!("可消除此情形的有：{}", finding.clears)?;
    match again {
        Ok(true) => say!("按当时的规则、参数和记录重新判断：相同")?,
        Ok(false) => say!("按当时的规则、参数和记录重新判断：不同（请用 sanzao verify 核对）")?,
        Err(reason) => say!("无法重新判断：{reason}")?,
    }
    say!("经过：")?;
    told.history.iter().try_for_each(|entry| say!("  {entry}"))?;
    match (&explained.sql, sql) {
        (Some(text), true) => say!("{text}"),
        _ => Ok(()),
    }
}

/// The records, the age of the feeds and the numbers that it was judged by.
fn print_grounds(explained: &Explained) -> Result<()> {
    let Explained { told, batch, numbers, .. } = explained;
    let item = &told.item;
    say!("依据的记录：")?;
    for evidence in sorted(&item.finding) {
        let stated = told.statements.get(&evidence.fact).map_or(&[][..], Vec::as_slice);
        let stated: Vec<String> = stated.iter().map(ToString::to_string).collect();
        say!(
            "  {} {} {}（{}）{}",
            evidence.on,
            evidence.feed.department(),
            kind_name(&evidence.kind),
            role(evidence.role),
            stated.join("；")
        )?;
    }
    say!("当时各部门数据：")?;
    for age in &item.ages {
        say!("  {} 最新{}，已{}天", age.feed.department(), age.newest.day_in_china(), age.age_days)?;
    }
    say!("当时的参数：")?;
    for parameter in numbers {
        let value = parameter.at(item.division, batch.day);
        let since = value.from.map_or(String::new(), |from| format!("，{from}起"));
        say!(
            "  {} {}{} {}（{}{since}）",
            parameter.name,
            value.value,
            parameter.unit,
            parameter.chinese,
            value.source
        )?;
    }
    Ok(())
}
