//! Lanes: stretches of an index in which the order of a list holds, one for each state and, where these are asked for,
//! each rule or town. Only lanes that have items are read (the tally says which), and no further than the page needs. So
//! a page costs about the same whatever the filter and however many items there are.

use std::collections::BinaryHeap;

use rusqlite::{Params, Transaction, named_params, params};
use sanzao_model::Procedure;

use crate::filter::Place;
use crate::{Cursor, Filter, Queue, ReadModelError, StateName};

/// Due day, id and row number.
pub(crate) type Key = (i32, [u8; 16], i64);

/// The first keys of all lanes; the greatest on top.
pub(crate) struct First {
    pub keys: BinaryHeap<Key>,
    pub wanted: usize,
}

/// Due days from the first (exclusive, with id) to the last.
pub(crate) struct Range {
    after: (i64, [u8; 16]),
    to: i64,
}

impl Range {
    pub(crate) fn of(filter: &Filter, after: Option<&Cursor>) -> Result<Range, ReadModelError> {
        let from = filter.due_from.map_or(i64::MIN, |day| i64::from(day.0) - 1);
        let mut start = (from, [u8::MAX; 16]);
        if let Some(cursor) = after {
            let (due, id) = cursor.after(filter)?;
            start = start.max((i64::from(due.0), id.0));
        }
        Ok(Range { after: start, to: filter.due_to.map_or(i64::MAX, |day| i64::from(day.0)) })
    }
}

/// The lanes of a filter.
pub(crate) struct Lanes<'a> {
    pub tables: &'a Transaction<'a>,
    pub filter: &'a Filter,
    pub range: &'a Range,
}

/// The conditions that every lane takes, whatever its index carries.
const WITHIN: &str = "(due, id) > (:due, :after) AND due <= :to";

impl First {
    fn push(&mut self, key: Key) -> bool {
        if self.keys.len() == self.wanted {
            if self.keys.peek().is_some_and(|greatest| key > *greatest) {
                return false;
            }
            self.keys.pop();
        }
        self.keys.push(key);
        true
    }
}

impl Lanes<'_> {
    /// Reads them, as far as a page needs them.
    pub(crate) fn read(&self, first: &mut First) -> Result<(), ReadModelError> {
        let places = self.filter.places();
        if places.as_ref().is_some_and(Vec::is_empty) || self.filter.states().next().is_none() {
            return Ok(());
        }
        if let Some(person) = self.filter.person {
            // Joined in this order: SQLite would rather go through all items by due day.
            let few = "item_person CROSS JOIN item ON item.no = item_person.item WHERE person = :one";
            return self.few(few, &person.0, places.as_deref(), first);
        }
        if let Some(card) = self.filter.card {
            let few = "item INDEXED BY item_by_card WHERE card = :one";
            return self.few(few, &card.0, places.as_deref(), first);
        }
        for state in self.filter.states() {
            match (&places, &self.filter.worker) {
                (_, Some(worker)) => self.by_worker(worker, places.as_deref(), state, first)?,
                (None, None) if self.filter.rule.is_none() && self.filter.procedure.is_none() => {
                    self.by_due(state, first)?;
                }
                (None, None) if self.filter.rule.is_none() => self.by_procedure(state, first)?,
                (None, None) => self.by_rule(state, first)?,
                (Some(places), None) => {
                    for place in places {
                        match &place.county {
                            Some(county) if self.filter.rule.is_none() => {
                                self.by_county(county, state, first)?;
                            }
                            _ => self.by_town(place, state, first)?,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn by_due(&self, state: StateName, first: &mut First) -> Result<(), ReadModelError> {
        let (index, queue) = self.index("by_due");
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY {index}
             WHERE {queue} state = :state AND {WITHIN} ORDER BY due, id"
        );
        let Range { after: (due, after), to } = self.range;
        self.lane(
            &sql,
            named_params! { ":state": state.code(), ":due": due, ":after": after, ":to": to },
            first,
        )
    }

    fn by_procedure(&self, state: StateName, first: &mut First) -> Result<(), ReadModelError> {
        let (index, queue) = self.index("by_procedure");
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY {index}
             WHERE {queue} state = :state AND procedure = :procedure AND {WITHIN} ORDER BY due, id"
        );
        let Range { after: (due, after), to } = self.range;
        let lane = named_params! {
            ":state": state.code(), ":procedure": self.of().0, ":due": due, ":after": after, ":to": to
        };
        self.lane(&sql, lane, first)
    }

    fn by_county(&self, county: &str, state: StateName, first: &mut First) -> Result<(), ReadModelError> {
        let (index, queue) = self.index("by_county");
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY {index}
             WHERE {queue} state = :state AND county = :county AND {WITHIN}
             AND (:procedure IS NULL OR procedure = :procedure) ORDER BY due, id"
        );
        let Range { after: (due, after), to } = self.range;
        let lane = named_params! {
            ":state": state.code(), ":county": county, ":procedure": self.of().0, ":due": due, ":after": after,
            ":to": to
        };
        self.lane(&sql, lane, first)
    }

    fn by_rule(&self, state: StateName, first: &mut First) -> Result<(), ReadModelError> {
        let (procedure, rule) = self.of();
        let rules: Vec<String> = self
            .tables
            .prepare_cached(
                "SELECT DISTINCT rule FROM rule_tally WHERE state = ?1 AND count > 0
                 AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR procedure = ?3)",
            )?
            .query_map(params![state.code(), rule, procedure], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let (index, queue) = self.index("by_rule");
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY {index}
             WHERE {queue} state = :state AND rule = :rule AND {WITHIN}
             AND (:procedure IS NULL OR procedure = :procedure) ORDER BY due, id"
        );
        let Range { after: (due, after), to } = self.range;
        for rule in rules {
            let lane = named_params! {
                ":state": state.code(), ":rule": rule, ":due": due, ":after": after, ":to": to,
                ":procedure": procedure
            };
            self.lane(&sql, lane, first)?;
        }
        Ok(())
    }

    fn by_town(&self, place: &Place, state: StateName, first: &mut First) -> Result<(), ReadModelError> {
        let (from, below) = &place.towns;
        let (procedure, rule) = self.of();
        // A town without any of a procedure would be read to its end in vain.
        let having = match (rule, procedure) {
            (None, Some(_)) => {
                "SELECT DISTINCT town FROM tally WHERE state = ?1 AND town >= ?2 AND town < ?3 AND count > 0
                 AND procedure = ?4"
            }
            _ => {
                "SELECT town FROM town_tally WHERE state = ?1 AND town >= ?2 AND town < ?3 AND count > 0
                 AND (?4 IS NULL OR TRUE)"
            }
        };
        let towns: Vec<String> = self
            .tables
            .prepare_cached(having)?
            .query_map(params![state.code(), from, below, procedure], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let is_one_rule = rule.is_some() && self.filter.queue.is_none();
        let (index, queue) = self.index(if is_one_rule { "by_town_and_rule" } else { "by_town" });
        let rule_is = if is_one_rule { "rule = :rule" } else { "(:rule IS NULL OR rule = :rule)" };
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY {index}
             WHERE {queue} state = :state AND town = :town AND {rule_is} AND {WITHIN}
             AND (:procedure IS NULL OR procedure = :procedure)
             AND (:from IS NULL OR (division >= :from AND division < :below)) ORDER BY due, id"
        );
        let (from, below) =
            place.divisions.as_ref().map_or((None, None), |(from, below)| (Some(from), Some(below)));
        let Range { after: (due, after), to } = self.range;
        for town in towns {
            let lane = named_params! {
                ":state": state.code(), ":town": town, ":rule": rule, ":due": due, ":after": after, ":to": to,
                ":procedure": procedure, ":from": from, ":below": below
            };
            self.lane(&sql, lane, first)?;
        }
        Ok(())
    }

    /// What one account has is some hundreds of items: what else is asked for is looked for among them.
    fn by_worker(
        &self,
        worker: &str,
        places: Option<&[Place]>,
        state: StateName,
        first: &mut First,
    ) -> Result<(), ReadModelError> {
        let (procedure, rule) = self.of();
        let sql = format!(
            "SELECT due, id, no FROM item INDEXED BY item_by_worker
             WHERE worker = :worker AND state = :state AND {WITHIN}
             AND (:procedure IS NULL OR procedure = :procedure) AND (:rule IS NULL OR rule = :rule)
             AND (:queue IS NULL OR queue = :queue) AND {} ORDER BY due, id",
            within(places)
        );
        let Range { after: (due, after), to } = self.range;
        let queue = self.filter.queue.map(Queue::code);
        let lane = named_params! {
            ":worker": worker, ":state": state.code(), ":due": due, ":after": after, ":to": to,
            ":procedure": procedure, ":rule": rule, ":queue": queue
        };
        self.lane(&sql, lane, first)
    }

    /// What stands in few rows: all of them are looked at.
    fn few(
        &self,
        few: &str,
        one: &[u8; 16],
        places: Option<&[Place]>,
        first: &mut First,
    ) -> Result<(), ReadModelError> {
        let (procedure, rule) = self.of();
        let states: Vec<String> = self.filter.states().map(|state| state.code().to_string()).collect();
        let sql = format!(
            "SELECT due, id, no FROM {few} AND state IN ({}) AND {WITHIN}
             AND (:procedure IS NULL OR procedure = :procedure) AND (:rule IS NULL OR rule = :rule)
             AND (:worker IS NULL OR worker = :worker) AND (:queue IS NULL OR queue = :queue)
             AND (:card IS NULL OR card = :card) AND {}",
            states.join(","),
            within(places)
        );
        let Range { after: (due, after), to } = self.range;
        let lane = named_params! {
            ":one": one, ":due": due, ":after": after, ":to": to, ":procedure": procedure, ":rule": rule,
            ":worker": self.filter.worker, ":queue": self.filter.queue.map(Queue::code),
            ":card": self.filter.card.map(|card| card.0)
        };
        let mut statement = self.tables.prepare(&sql)?;
        let mut rows = statement.query(lane)?;
        while let Some(row) = rows.next()? {
            first.push((row.get(0)?, row.get(1)?, row.get(2)?));
        }
        Ok(())
    }

    fn lane(&self, sql: &str, lane: impl Params, first: &mut First) -> Result<(), ReadModelError> {
        let mut statement = self.tables.prepare_cached(sql)?;
        let mut rows = statement.query(lane)?;
        while let Some(row) = rows.next()? {
            if !first.push((row.get(0)?, row.get(1)?, row.get(2)?)) {
                break;
            }
        }
        Ok(())
    }

    /// The index of lanes, and the condition that it has of its own.
    fn index(&self, by: &str) -> (String, String) {
        match self.filter.queue {
            None => (format!("item_{by}"), String::new()),
            Some(queue) => (format!("queue_{by}"), format!("queue = {} AND queue > 0 AND", queue.code())),
        }
    }

    fn of(&self) -> (Option<&'static str>, Option<&str>) {
        (self.filter.procedure.map(Procedure::as_str), self.filter.rule.as_ref().map(|rule| rule.0.as_str()))
    }
}

/// The condition of being in one of some places, of which there is one at least. What is written into it are digits.
fn within(places: Option<&[Place]>) -> String {
    let Some(places) = places else { return "TRUE".to_owned() };
    let place = |Place { towns, divisions, .. }: &Place| {
        let (column, (from, below)) = divisions.as_ref().map_or(("town", towns), |range| ("division", range));
        format!("({column} >= '{from}' AND {column} < '{below}')")
    };
    let places: Vec<String> = places.iter().map(place).collect();
    format!("({})", places.join(" OR "))
}
