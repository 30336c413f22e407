//! Who somebody is, for those who may know: search, reveal, erasure. Each is recorded with its purpose, in the
//! vault and before anything is shown.

use std::collections::HashSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::{Action, Entry};
use sanzao_model::{Feed, PersonId};
use sanzao_vault::{Access, Known, Query, Vault, VaultError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::read_json;
use crate::backend::{Backend, PersonErasure, Remains};
use crate::caller::Caller;
use crate::on_record::{about_people, entry};
use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::refusals::{OUTSIDE_SCOPE, refused_for};
use crate::state::ApiState;
use crate::vocabulary;

/// As the vault has it, and the audit record.
const PURPOSE_MAX_CHARACTERS: usize = 500;

/// Why somebody reads who a person is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purpose {
    /// In words, for the record of accesses, which stays: no names and no numbers in it.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) purpose: String,
}

/// Whom to find, by exactly one of three: the whole number, name or phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// See [`Purpose`].
    #[schema(min_length = 1, max_length = 500)]
    purpose: String,
    /// A document number of 18 or 15 characters.
    #[schema(min_length = 1)]
    id_number: Option<String>,
    /// A whole name, however it is spaced and dotted.
    #[schema(min_length = 1)]
    name: Option<String>,
    /// A phone number, with or without +86.
    #[schema(min_length = 1)]
    phone: Option<String>,
}

/// Who was found, masked.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundPeople {
    people: Vec<FoundPerson>,
    /// More than these were found: search by something rarer.
    more: bool,
}

/// Somebody, masked.
#[derive(Serialize, ToSchema)]
struct FoundPerson {
    /// The pseudonym, as alerts and tasks carry it.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    person: PersonId,
    /// The first character and two stars.
    name: Option<String>,
    /// The last four characters of the document number.
    last_four: Option<String>,
}

/// Who somebody is. In each list what was stated last comes first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Person {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    person: PersonId,
    numbers: Vec<Told>,
    names: Vec<Told>,
    phones: Vec<Told>,
    addresses: Vec<Told>,
}

/// What was stated, and by whom.
#[derive(Serialize, ToSchema)]
struct Told {
    value: String,
    feeds: Vec<ToldBy>,
}

/// A feed that stated something.
#[derive(Serialize, ToSchema)]
struct ToldBy {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// When it first did.
    #[schema(value_type = String, format = DateTime)]
    first: String,
    /// When it last did.
    #[schema(value_type = String, format = DateTime)]
    last: String,
}

/// What an erasure destroyed, and what remains where.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasedPerson {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    person: PersonId,
    /// The person's key was there, and is destroyed.
    key_destroyed: bool,
    /// Numbers, names, phones and addresses deleted.
    values_deleted: u64,
    /// Facts are gone from the ledger when discovery has read the log up to this offset of `facts`; the next
    /// snapshot has none of them.
    facts_offset: u64,
    /// What remains, and where.
    remains: Vec<RemainsBody>,
}

/// Something that an erasure leaves.
#[derive(Serialize, ToSchema)]
struct RemainsBody {
    #[serde(rename = "where")]
    place: String,
    what: String,
    until: String,
}

/// Searches for people by number, name or phone.
#[utoipa::path(post, path = "/v1/people/search", operation_id = "search_people", tag = "people",
    request_body = Search,
    responses(
        (status = 200, description = "Who was found", body = FoundPeople),
        (status = 400, description = "The body is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "The purpose is missing", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "The vault does not answer", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::SearchPeople)?;
    let search: Search = read_json(&headers, body)?;
    let access = access(&state, &caller, &search.purpose)?;
    let asked = for_purpose(entry(&state, &caller, Action::SearchPeople), &access);
    let by = sought(&search)?.1;
    let told =
        Entry { details: asked.details.into_iter().chain([("by".into(), by.into())]).collect(), ..asked };
    state.record(told.clone()).await?;
    let reader = state.reader().clone();
    let scope = caller.scope;
    let look = move |backend: &dyn Backend| {
        let query = sought(&search)?.0;
        let mut failed = None;
        // Whom no alert or task within the scope is about does not exist for the caller.
        let mut seen = |ids: &[PersonId]| {
            reader.people_within(ids, &scope).unwrap_or_else(|error| {
                failed = Some(error);
                HashSet::new()
            })
        };
        let found = in_vault(backend, |vault| look_for(vault, query, &access, &mut seen))?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let people = &found.people;
        if !people.is_empty() {
            // Whom it found is known only now; they are told in their own access log.
            backend.record(about_people(told, people.iter().map(|found| found.person)))?;
        }
        Ok(found)
    };
    secret(state.block(look).await?)
}

/// What is searched for, and what it is: only that stands on record.
fn sought(search: &Search) -> Result<(Query<'_>, &'static str), Problem> {
    match (&search.id_number, &search.name, &search.phone) {
        (Some(number), None, None) => Ok((Query::IdNumber(number), "id_number")),
        (None, Some(name), None) => Ok((Query::Name(name), "name")),
        (None, None, Some(phone)) => Ok((Query::Phone(phone), "phone")),
        _ => {
            let text = "expected exactly one of id_number, name and phone";
            Err(Problem::new(ProblemType::Body, text))
        }
    }
}

fn look_for(
    vault: &mut Vault,
    query: Query<'_>,
    access: &Access,
    seen: &mut dyn FnMut(&[PersonId]) -> HashSet<PersonId>,
) -> Result<FoundPeople, VaultError> {
    let found = vault.search_among(query, access, seen)?;
    let mut masks = vault.masked(&found.people)?;
    let people = found.people.into_iter().map(|person| {
        let mask = masks.remove(&person);
        let (name, last_four) = mask.map_or((None, None), |mask| (mask.name, Some(mask.last_four)));
        FoundPerson { person, name, last_four }
    });
    Ok(FoundPeople { people: people.collect(), more: found.more })
}

/// Shows who a person is.
#[utoipa::path(post, path = "/v1/people/{person}/reveal", operation_id = "reveal_person", tag = "people",
    params(("person" = String, Path, description = "The pseudonym", pattern = "^[0-9a-f]{32}$")),
    request_body = Purpose,
    responses(
        (status = 200, description = "Who it is", body = Person),
        (status = 400, description = "The body is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "Nobody is held under this pseudonym", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "The purpose is missing", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "The vault does not answer", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn reveal(
    State(state): State<ApiState>,
    caller: Caller,
    person: Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let person = person_of(&person)?;
    caller.require(Permission::RevealPeople)?;
    let access = access(&state, &caller, &read_json::<Purpose>(&headers, body)?.purpose)?;
    require_within(&state, &caller, person).await?;
    let told = for_purpose(entry(&state, &caller, Action::Reveal), &access);
    state.record(about_people(told, [person])).await?;
    let work = move |backend: &dyn Backend| in_vault(backend, |vault| vault.reveal(person, &access));
    let revealed = state.block(work).await?.ok_or_else(|| Problem::not_found("person in the vault"))?;
    let told = |known: Vec<Known>| -> Vec<Told> {
        let feeds = |known: &Known| {
            let by = |source: &sanzao_vault::Source| ToldBy {
                feed: source.feed,
                first: source.first.to_string(),
                last: source.last.to_string(),
            };
            known.sources.iter().map(by).collect()
        };
        known.into_iter().map(|known| Told { feeds: feeds(&known), value: known.value }).collect()
    };
    secret(Person {
        person,
        numbers: told(revealed.numbers),
        names: told(revealed.names),
        phones: told(revealed.phones),
        addresses: told(revealed.addresses),
    })
}

/// Erases a person: destroys the key of their identity, and has the ledger forget their facts. The answer says what
/// remains where. A department that names the person again states new facts.
#[utoipa::path(post, path = "/v1/people/{person}/erase", operation_id = "erase_person", tag = "people",
    params(("person" = String, Path, description = "The pseudonym", pattern = "^[0-9a-f]{32}$")),
    request_body = Purpose,
    responses(
        (status = 200, description = "The person is erased; again, nothing is done twice", body = ErasedPerson),
        (status = 400, description = "The body is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "The path names no pseudonym", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "The purpose is missing", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "The vault or the log does not answer: ask again, nothing is done twice",
            body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn erase(
    State(state): State<ApiState>,
    caller: Caller,
    person: Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let person = person_of(&person)?;
    caller.require(Permission::ErasePeople)?;
    let access = access(&state, &caller, &read_json::<Purpose>(&headers, body)?.purpose)?;
    require_within(&state, &caller, person).await?;
    let told = for_purpose(entry(&state, &caller, Action::ErasePerson), &access);
    state.record(about_people(told, [person])).await?;
    let erasure = state.block(move |backend| Ok(backend.erase(person, &access)?)).await?;
    let PersonErasure { erasure, facts_offset, remains } = erasure;
    let remains =
        remains.into_iter().map(|Remains { place, what, until }| RemainsBody { place, what, until });
    secret(ErasedPerson {
        person,
        key_destroyed: erasure.key,
        values_deleted: erasure.numbers + erasure.names + erasure.phones + erasure.addresses,
        facts_offset,
        remains: remains.collect(),
    })
}

/// Whom no alert or task within the scope is about does not exist for the caller.
pub(crate) async fn require_within(
    state: &ApiState,
    caller: &Caller,
    person: PersonId,
) -> Result<(), Problem> {
    let scope = caller.scope.clone();
    let seen = state.ask(move |reader| reader.people_within(&[person], &scope)).await?;
    if !seen.is_empty() {
        return Ok(());
    }
    let entry = about_people(entry(state, caller, Action::Refusal), [person]);
    state.note_aside(refused_for(entry, OUTSIDE_SCOPE));
    Err(Problem::not_found("person in the vault"))
}

fn for_purpose(entry: Entry, access: &Access) -> Entry {
    Entry { purpose: Some(access.purpose.clone()), ..entry }
}

fn person_of(text: &str) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::not_found("person in the vault"))
}

pub(crate) fn access(state: &ApiState, caller: &Caller, purpose: &str) -> Result<Access, Problem> {
    // It stays in the record of accesses for good, in plain text.
    if holds_personal_number(purpose) {
        let text = "expected a purpose without ID and mobile numbers, and without digits that look like one";
        return Err(Problem::new(ProblemType::Body, text).at("/purpose".into()));
    }
    if purpose.trim().is_empty() || purpose.chars().count() > PURPOSE_MAX_CHARACTERS {
        return Err(VaultError::Purpose { max: PURPOSE_MAX_CHARACTERS }.into());
    }
    let actor = caller.name().to_owned();
    Ok(Access { actor, purpose: purpose.to_owned(), at: state.backend().now() })
}

/// Works in the vault, once.
pub(crate) fn in_vault<T>(
    backend: &dyn Backend,
    work: impl FnOnce(&mut Vault) -> Result<T, VaultError>,
) -> Result<T, Problem> {
    let (mut work, mut result) = (Some(work), None);
    backend.with_vault(&mut |vault| {
        let work = work.take().expect("the vault is opened once for one request");
        result = Some(work(vault)?);
        Ok(())
    })?;
    result.ok_or_else(|| Problem::internal("the vault was not asked"))
}

/// An answer that no cache keeps.
pub(crate) fn secret(body: impl Serialize) -> Result<Response, Problem> {
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
