//! Quality of feeds: what each department sent, how late, and what was wrong with it.

use std::convert::Infallible;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use sanzao_access::Permission;
use sanzao_model::{Day, Feed, Instant};
use sanzao_readmodel::{FeedCounts, FeedDay, FeedReader, Lag, LagBucket};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::state::ApiState;
use crate::vocabulary;

/// How many of the people whom the assistance registry names each feed names at all: a low share says that a
/// department's delivery leaves people out, or spells their numbers otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completeness {
    /// The day it was counted.
    pub day: Day,
    /// Document numbers that the registry names.
    pub registry_people: u64,
    /// Of them, those that a feed names.
    pub named: Vec<(Feed, u64)>,
}

/// The feed that a path names.
pub(crate) struct PathFeed(Option<Feed>);

impl<S: Send + Sync> FromRequestParts<S> for PathFeed {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathFeed, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(PathFeed(text.ok().and_then(|Path(text)| text.parse().ok())))
    }
}

impl PathFeed {
    /// The feed.
    ///
    /// # Errors
    /// Not found, when it is none.
    pub(crate) fn get(&self) -> Result<Feed, Problem> {
        self.0.ok_or_else(|| Problem::not_found("feed"))
    }
}

/// All feeds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedList {
    feeds: Vec<FeedSummary>,
}

/// A feed over all days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedSummary {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// The department, as a caseworker reads it.
    department: &'static str,
    counts: CountsBody,
    /// Null until it has been counted, which is done with each new day.
    completeness: Option<CompletenessBody>,
}

/// What was counted of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsBody {
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    /// Rejected events of which a repair is in.
    repaired: u64,
    /// Warnings given with accepted and duplicate events; one event may have several.
    warnings: u64,
    /// The newest `time` of a valid event.
    #[schema(format = DateTime)]
    newest_time: Option<String>,
    /// When the newest event arrived.
    #[schema(format = DateTime)]
    newest_arrival: Option<String>,
    /// From the day something holds (`on`) to the `time` its source recorded it, in whole days.
    recorded_after: LagBody,
    /// From that `time` to its arrival.
    arrived_after: LagBody,
}

/// How late events were.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LagBody {
    /// The bucket of the median; null without events.
    median: Option<&'static str>,
    /// The bucket that nine of ten do not exceed.
    p90: Option<&'static str>,
    /// The longest, in seconds; negative where every event was dated later than it came.
    worst_seconds: Option<i64>,
    /// Every bucket, from `future` (dated later than it came) on.
    buckets: Vec<LagCount>,
}

/// Events of a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LagCount {
    #[schema(value_type = String, example = "1d-3d")]
    bucket: &'static str,
    events: u64,
}

/// How many of the people whom the registry names this feed names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompletenessBody {
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// Document numbers that the registry names.
    registry_people: u64,
    /// Of them, those that this feed names.
    named: u64,
}

/// A feed in detail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedDetail {
    #[schema(inline = false)]
    summary: FeedSummary,
    details: DetailsBody,
    /// By day of arrival in China, the newest first; days without events are left out.
    days: Vec<DayBody>,
}

/// What was counted, one by one; the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetailsBody {
    /// Valid events by type, without feed and version.
    types: Vec<NamedBody>,
    /// Why events were rejected.
    reasons: Vec<ReasonBody>,
    /// Warnings by code.
    warnings: Vec<NamedBody>,
    /// What came of repairs: `accepted`, `duplicate`, `rejected`.
    repairs: Vec<NamedBody>,
}

/// How many have this name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedBody {
    name: String,
    events: u64,
}

/// How many were rejected for a reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonBody {
    /// The stable code.
    code: String,
    /// JSON pointer of the value that is wrong, with `*` for any place in a list.
    pointer: String,
    events: u64,
}

/// A day of arrival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayBody {
    #[schema(value_type = String, format = Date)]
    day: Day,
    counts: CountsBody,
    details: DetailsBody,
}

/// What may be asked of a feed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DetailQuery {
    /// The most days, 1 to 366; 31 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 366)]
    days: Option<String>,
}

const DEFAULT_DAYS: u32 = 31;
const MOST_DAYS: u32 = 366;

fn instant(instant: Option<Instant>) -> Option<String> {
    instant.map(|instant| instant.to_string())
}

impl From<&Lag> for LagBody {
    fn from(lag: &Lag) -> LagBody {
        let bucket = |percent| lag.percentile(percent).map(LagBucket::as_str);
        let counts = LagBucket::ALL.into_iter().zip(lag.counts);
        LagBody {
            median: bucket(50),
            p90: bucket(90),
            worst_seconds: lag.worst_seconds,
            buckets: counts.map(|(bucket, events)| LagCount { bucket: bucket.as_str(), events }).collect(),
        }
    }
}

impl From<&FeedCounts> for CountsBody {
    fn from(counts: &FeedCounts) -> CountsBody {
        CountsBody {
            accepted: counts.accepted,
            duplicate: counts.duplicate,
            rejected: counts.rejected,
            repaired: counts.repaired,
            warnings: counts.warnings.iter().map(|warning| warning.count).sum(),
            newest_time: instant(counts.newest_time),
            newest_arrival: instant(counts.newest_arrival),
            recorded_after: LagBody::from(&counts.recorded),
            arrived_after: LagBody::from(&counts.arrived),
        }
    }
}

impl From<&FeedCounts> for DetailsBody {
    fn from(counts: &FeedCounts) -> DetailsBody {
        let named = |of: &sanzao_readmodel::Named| NamedBody { name: of.name.clone(), events: of.count };
        let reasons = counts.reasons.iter();
        let repairs = counts.repairs.iter();
        DetailsBody {
            types: counts.types.iter().map(named).collect(),
            reasons: reasons
                .map(|of| ReasonBody { code: of.code.clone(), pointer: of.pointer.clone(), events: of.count })
                .collect(),
            warnings: counts.warnings.iter().map(named).collect(),
            repairs: repairs
                .map(|(outcome, events)| NamedBody { name: outcome.as_str().to_owned(), events: *events })
                .collect(),
        }
    }
}

impl From<FeedDay> for DayBody {
    fn from(day: FeedDay) -> DayBody {
        DayBody { day: day.day, counts: (&day.counts).into(), details: (&day.counts).into() }
    }
}

fn summary(feed: Feed, counts: &FeedCounts, completeness: Option<&Completeness>) -> FeedSummary {
    let completeness = completeness.and_then(|of| {
        let (_, named) = *of.named.iter().find(|(named, _)| *named == feed)?;
        Some(CompletenessBody { day: of.day, registry_people: of.registry_people, named })
    });
    FeedSummary { feed, department: feed.department(), counts: counts.into(), completeness }
}

/// The tables of feeds, if this platform counts them.
///
/// # Errors
/// When it does not, or has not yet counted everything there is.
pub(crate) fn counted(state: &ApiState) -> Result<FeedReader, Problem> {
    let reader = state.feeds().filter(|reader| reader.is_current());
    reader.cloned().ok_or_else(|| Problem::not_known_yet("what feeds sent"))
}

/// Every feed: counts, how late its events are, and how complete it is.
#[utoipa::path(get, path = "/v1/feeds", operation_id = "list_feeds", tag = "feeds",
    responses((status = 200, description = "The feeds", body = FeedList)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn feeds(State(state): State<ApiState>, caller: Caller) -> Result<Json<FeedList>, Problem> {
    caller.require(Permission::ReadFeeds)?;
    let reader = counted(&state)?;
    let found = state.block(move |_| Ok(reader.feeds()?)).await?;
    let completeness = state.backend().completeness();
    let feeds = found.iter().map(|(feed, counts)| summary(*feed, counts, completeness.as_ref()));
    Ok(Json(FeedList { feeds: feeds.collect() }))
}

/// One feed: by event type, reason and warning, and by day of arrival.
#[utoipa::path(get, path = "/v1/feeds/{feed}", operation_id = "get_feed", tag = "feeds",
    params(("feed" = String, Path, description = "The feed", example = "police"), DetailQuery),
    responses(
        (status = 200, description = "The feed", body = FeedDetail),
        (status = 400, description = "A parameter is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such feed", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn feed(
    State(state): State<ApiState>,
    caller: Caller,
    feed: PathFeed,
    query: Result<Query<DetailQuery>, QueryRejection>,
) -> Result<Json<FeedDetail>, Problem> {
    caller.require(Permission::ReadFeeds)?;
    let feed = feed.get()?;
    let Query(query) = query.map_err(wrong_query)?;
    let days = number("days", query.days.as_deref(), DEFAULT_DAYS, MOST_DAYS)?;
    let reader = counted(&state)?;
    let look = move |_: &dyn crate::Backend| Ok((reader.feed(feed)?, reader.days(feed, days)?));
    let (counts, days) = state.block(look).await?;
    let completeness = state.backend().completeness();
    Ok(Json(FeedDetail {
        summary: summary(feed, &counts, completeness.as_ref()),
        details: (&counts).into(),
        days: days.into_iter().map(DayBody::from).collect(),
    }))
}

/// A number of a query, from 1 to the most.
///
/// # Errors
/// When it is none.
pub(crate) fn number(name: &str, text: Option<&str>, default: u32, most: u32) -> Result<u32, Problem> {
    let number = text.map_or(Some(default), |text| text.parse().ok());
    number.filter(|number| (1..=most).contains(number)).ok_or_else(|| {
        Problem::new(ProblemType::Query, format!("{name}: expected a number from 1 to {most}"))
    })
}
