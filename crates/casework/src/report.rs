//! What somebody outside tells of: an alert that no rule has found, and no data withdraw.

use sanzao_model::{
    Command, Day, Finding, Handling, Item, Procedure, Report, ReportSource, RuleId, Sensitivity, SubjectId,
    WorkEvent,
};

use crate::calendar::Calendar;
use crate::transition::{Nearness, opening};

/// The rule under which reports stand. No rule of a set can have this name: it is no file's.
pub const REPORT_RULE: &str = "outside-report";

/// Working days to the first action on a report (assumed: as the most urgent rules of the catalogue).
const REPORT_WORKING_DAYS: u32 = 3;

/// What opens. The words of whoever told of it are in the vault.
pub(crate) fn opened(command: &Command, report: &Report, today: Day, calendar: &Calendar) -> WorkEvent {
    let due = calendar.working_days_after(today, REPORT_WORKING_DAYS);
    let source = match report.source {
        ReportSource::Resident => "居民",
        ReportSource::VillageAide => "村（社区）工作人员",
        ReportSource::Hotline => "热线来电",
        ReportSource::Office => "其他单位",
    };
    let people = match report.subject {
        SubjectId::Person(person) => vec![person],
        SubjectId::Household(_) => Vec::new(),
    };
    let finding = Finding {
        occasion: command.item.to_string(),
        values: format!("{{\"reported_on\":\"{}\"}}", report.on),
        evidence: Vec::new(),
        due: None,
        why: format!("{source}于{}反映情况，原话和联系方式保存在附件中，需要核实是否需要帮助。", report.on),
        legal_basis: "《社会救助暂行办法》（国务院令第649号）".into(),
        clears: "经办人核实后办结".into(),
    };
    WorkEvent::Opened(Box::new(Item {
        id: command.item,
        episode: 1,
        previous: None,
        reopening: None,
        rule: RuleId(REPORT_RULE.into()),
        version: 1,
        procedure: Procedure::Help,
        periodic: false,
        title: "外部反映的情况".into(),
        sensitivity: Sensitivity::General,
        subject: report.subject,
        people,
        division: report.division,
        finding,
        due,
        due_working_days: REPORT_WORKING_DAYS,
        opened_on: today,
        ages: Vec::new(),
        state: opening(false, today, Nearness::of(due, today)),
        handling: Handling { report: Some(report.source), ..Handling::default() },
    }))
}
