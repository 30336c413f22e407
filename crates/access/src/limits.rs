//! How often somebody may ask, and how often somebody may try to sign in.
//!
//! Our own, because the libraries that were looked at (`governor` first) read a clock themselves, keep every key until
//! somebody sweeps, and have no delay that grows. What is needed of them is one number for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sanzao_model::Instant;
use sha2::{Digest, Sha256};

use crate::AccountName;

/// Too often. Retry, after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too often: try again in {seconds} s")]
pub struct TooOften {
    /// Seconds, at least 1.
    pub seconds: u64,
}

/// How much somebody may ask: so many requests at once, and so many a minute in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// At once, at least 1.
    pub burst: u32,
    /// A minute, at least 1.
    pub per_minute: u32,
}

/// Requests of each account, or of whatever else asks.
pub struct RequestLimits<K = AccountName> {
    quota: Quota,
    buckets: Mutex<Bounded<K, Instant>>,
}

/// Attempts to sign in, by name and by address. Each counts as failed until it is known to have succeeded, so that many
/// at once count as well.
///
/// - A name from one address: five are free, then the wait doubles from a second up to a quarter of an hour.
/// - An address, whatever the names: twenty are free, then the same.
/// - A name, whatever the addresses: ten are free, then it doubles up to a minute. This does not hold for an address from
///   which the name signed in within thirty days: nobody locks somebody else out (ASVS 5.0 6.1.1).
///
/// An hour without an attempt forgets them.
pub struct LoginLimits {
    tries: Mutex<Bounded<LoginKey, Tries>>,
    known: Mutex<Bounded<[u8; 16], Instant>>,
}

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
/// Keys that are remembered at most: some 10 MB.
const KEYS: usize = 100_000;
const FORGOTTEN_AFTER: i64 = 60 * MINUTE;
const KNOWN_FOR: i64 = 30 * 24 * 60 * MINUTE;

/// Names are as long as people type, so keys hold a hash of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LoginKey {
    Pair([u8; 16]),
    Address(IpAddr),
    Name([u8; 16]),
}

#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    count: u32,
    last: Instant,
}

impl LoginKey {
    /// How many are free, and the longest wait in seconds.
    fn allowance(self) -> (u32, i64) {
        match self {
            LoginKey::Pair(_) => (5, 15 * 60),
            LoginKey::Address(_) => (20, 15 * 60),
            LoginKey::Name(_) => (10, 60),
        }
    }

    /// From when on the next attempt is allowed.
    fn free_at(self, tries: Tries) -> Instant {
        let (free, longest) = self.allowance();
        let Some(beyond) = tries.count.checked_sub(free) else { return Instant(i64::MIN) };
        let seconds = 1_i64.checked_shl(beyond).filter(|_| beyond < 32).unwrap_or(longest).min(longest);
        Instant(tries.last.0.saturating_add(seconds * SECOND))
    }
}

/// A map that forgets what matters least when it is full.
struct Bounded<K, V> {
    map: HashMap<K, V>,
    most: usize,
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    fn new(most: usize) -> Bounded<K, V> {
        Bounded { map: HashMap::new(), most }
    }

    /// The value of a key. When there is no room for another, those go of which `until` is over, and if these are few
    /// also the half of the others that is over first: so that this does not happen with each key.
    fn entry(&mut self, key: &K, now: Instant, until: impl Fn(&V) -> Instant) -> &mut V
    where
        V: Default,
    {
        if self.map.len() >= self.most && !self.map.contains_key(key) {
            self.map.retain(|_, value| until(value) > now);
            if self.map.len() > self.most / 2 {
                let mut ends: Vec<Instant> = self.map.values().map(&until).collect();
                let middle = ends.len() / 2;
                let middle = *ends.select_nth_unstable(middle).1;
                self.map.retain(|_, value| until(value) > middle);
            }
        }
        self.map.entry(key.clone()).or_default()
    }
}

fn wait(now: Instant, until: Instant) -> TooOften {
    let nanoseconds = u64::try_from(until.0.saturating_sub(now.0)).unwrap_or_default();
    TooOften { seconds: nanoseconds.div_ceil(SECOND as u64).max(1) }
}

impl<K: Hash + Eq + Clone> RequestLimits<K> {
    /// Nobody has asked yet.
    pub fn new(quota: Quota) -> RequestLimits<K> {
        let quota = Quota { burst: quota.burst.max(1), per_minute: quota.per_minute.max(1) };
        RequestLimits { quota, buckets: Mutex::new(Bounded::new(KEYS)) }
    }

    /// Takes one request of somebody's quota.
    ///
    /// # Errors
    /// There is none left now; nothing was taken.
    pub fn take(&self, key: &K, now: Instant) -> Result<(), TooOften> {
        // The generic cell rate algorithm: one number for each key, when its bucket is full again.
        let each = MINUTE / i64::from(self.quota.per_minute);
        let depth = each.saturating_mul(i64::from(self.quota.burst));
        let mut buckets = lock(&self.buckets);
        let full_at = buckets.entry(key, now, |full_at| *full_at);
        let next = Instant((*full_at).max(now).0.saturating_add(each));
        if next.0 - now.0 > depth {
            return Err(wait(now, Instant(next.0 - depth)));
        }
        *full_at = next;
        Ok(())
    }
}

impl Default for LoginLimits {
    fn default() -> LoginLimits {
        LoginLimits::new()
    }
}

impl LoginLimits {
    /// Nobody has tried yet.
    pub fn new() -> LoginLimits {
        LoginLimits { tries: Mutex::new(Bounded::new(KEYS)), known: Mutex::new(Bounded::new(KEYS)) }
    }

    /// Counts an attempt to sign in by a name, before its password is checked.
    ///
    /// # Errors
    /// It is too early for another; it does not count, and the password is not to be checked.
    pub fn attempt(&self, name: &str, address: IpAddr, now: Instant) -> Result<(), TooOften> {
        let keys = keys(name, address);
        let keys = if self.is_known(name, address, now) { &keys[..2] } else { &keys[..] };
        let mut tries = lock(&self.tries);
        let free_at = |key: &LoginKey| {
            let tries = tries.map.get(key).filter(|tries| !is_forgotten(tries, now));
            tries.map_or(now, |tries| key.free_at(*tries))
        };
        if let Some(until) = keys.iter().map(free_at).max().filter(|until| *until > now) {
            return Err(wait(now, until));
        }
        for key in keys {
            let tries = tries.entry(key, now, forgotten_at);
            if is_forgotten(tries, now) {
                tries.count = 0;
            }
            *tries = Tries { count: tries.count.saturating_add(1), last: now.max(tries.last) };
        }
        Ok(())
    }

    /// An attempt that was counted has succeeded: the name from this address is known, and what failed of the two
    /// together is forgotten. Failures on other names are not: who has an account would buy attempts on others with it.
    pub fn succeeded(&self, name: &str, address: IpAddr, now: Instant) {
        let [own, rest @ ..] = keys(name, address);
        let was_known = self.is_known(name, address, now);
        let until = Instant(now.0.saturating_add(KNOWN_FOR));
        *lock(&self.known).entry(&pair(name, address), now, |until| *until) = until;
        let mut tries = lock(&self.tries);
        let forgiven = tries.map.remove(&own).map_or(0, |tries| tries.count);
        // Of a known pair nothing was counted for the name, which is the last.
        for key in &rest[..rest.len() - usize::from(was_known)] {
            if let Some(tries) = tries.map.get_mut(key) {
                tries.count = tries.count.saturating_sub(forgiven);
            }
        }
    }

    fn is_known(&self, name: &str, address: IpAddr, now: Instant) -> bool {
        lock(&self.known).map.get(&pair(name, address)).is_some_and(|until| *until > now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forgotten_at(tries: &Tries) -> Instant {
    Instant(tries.last.0.saturating_add(FORGOTTEN_AFTER))
}

fn is_forgotten(tries: &Tries, now: Instant) -> bool {
    forgotten_at(tries) <= now
}

/// The pair first, the name last.
fn keys(name: &str, address: IpAddr) -> [LoginKey; 3] {
    [
        LoginKey::Pair(pair(name, address)),
        LoginKey::Address(network(address)),
        LoginKey::Name(hashed(&[name.as_bytes()])),
    ]
}

fn pair(name: &str, address: IpAddr) -> [u8; 16] {
    hashed(&[network(address).to_string().as_bytes(), b" ", name.as_bytes()])
}

fn hashed(parts: &[&[u8]]) -> [u8; 16] {
    let whole = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    *whole.first_chunk().expect("SHA-256 has 32 bytes")
}

/// Where somebody asks from, as far as it tells one from another: a subscriber has a network of 64 bits in IPv6, and an IPv4
/// address may come as one of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> AccountName {
        text.parse().unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn at(seconds: i64) -> Instant {
        Instant(seconds * SECOND)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_quota_lets_through_what_it_says(
            burst in 1..20_u32, per_minute in 1..600_u32,
            steps in prop::collection::vec(0..3_000_i64, 1..200),
        ) {
            let limits = RequestLimits::new(Quota { burst, per_minute });
            let mut now = 1_000_000_i64;
            let mut passed: Vec<i64> = Vec::new();
            for step in steps {
                now += step;
                let instant = Instant(now * 1_000_000);
                match limits.take(&name("a"), instant) {
                    Ok(()) => passed.push(now),
                    Err(wait) => {
                        let later = Instant(instant.0 + wait.seconds as i64 * SECOND);
                        let copy = RequestLimits {
                            quota: limits.quota,
                            buckets: Mutex::new(Bounded { map: lock(&limits.buckets).map.clone(), most: KEYS }),
                        };
                        prop_assert!(copy.take(&name("a"), later).is_ok(), "{wait} was too short");
                    }
                }
            }
            prop_assert!(passed.len() >= 1.min(burst as usize), "the first passes");
            for (first, from) in passed.iter().enumerate() {
                for (last, to) in passed.iter().enumerate().skip(first) {
                    let most = f64::from(burst) + (to - from) as f64 * f64::from(per_minute) / 60_000.0 + 0.01;
                    prop_assert!((last - first + 1) as f64 <= most, "{from} to {to}");
                }
            }
        }
    }

    #[test]
    fn one_account_does_not_use_up_the_quota_of_another() {
        let limits = RequestLimits::new(Quota { burst: 2, per_minute: 60 });
        assert!(limits.take(&name("a"), at(0)).is_ok() && limits.take(&name("a"), at(0)).is_ok());
        assert_eq!(limits.take(&name("a"), at(0)), Err(TooOften { seconds: 1 }));
        assert!(limits.take(&name("b"), at(0)).is_ok());
        assert!(limits.take(&name("a"), at(1)).is_ok());
    }

    #[test]
    fn the_wait_grows_and_success_ends_it() {
        let limits = LoginLimits::new();
        let from = address("192.0.2.1");
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..16 {
            while let Err(wait) = limits.attempt("a", from, at(now)) {
                waits.push(wait.seconds);
                now += wait.seconds as i64;
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        now += 900;
        assert!(limits.attempt("a", from, at(now)).is_ok());
        limits.succeeded("a", from, at(now));
        for _ in 0..5 {
            assert!(limits.attempt("a", from, at(now)).is_ok());
        }
        assert!(limits.attempt("a", from, at(now)).is_err());
        assert!(limits.attempt("a", from, at(now + 3600)).is_ok(), "an hour forgets");
    }

    #[test]
    fn nobody_locks_somebody_out() {
        let limits = LoginLimits::new();
        let home = address("192.0.2.1");
        assert!(limits.attempt("a", home, at(0)).is_ok());
        limits.succeeded("a", home, at(0));
        let tried = (0..200_u8)
            .filter(|last| limits.attempt("a", IpAddr::from([198, 51, 100, *last]), at(1)).is_ok());
        assert_eq!(tried.count(), 10, "many addresses do not help");
        assert!(limits.attempt("a", address("203.0.113.9"), at(1)).is_err());
        assert!(limits.attempt("a", home, at(2)).is_ok(), "from where it signed in it still can");
        limits.succeeded("a", home, at(2));
        let elsewhere = limits.attempt("a", address("203.0.113.9"), at(1));
        assert!(elsewhere.is_err(), "whoever signs in makes no room for others");
        assert!(limits.attempt("a", home, at(31 * 24 * 3600)).is_ok());
    }

    #[test]
    fn an_address_does_not_try_many_names() {
        let limits = LoginLimits::new();
        let from = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        let tried = (0..100).filter(|nth| limits.attempt(&format!("name{nth}"), from(*nth), at(0)).is_ok());
        assert_eq!(tried.count(), 20, "a network of IPv6 is one address");
        assert!(limits.attempt("other", address("2001:db8:0:1::1"), at(0)).is_ok());
        // Whoever signs in between attempts buys none.
        let limits = LoginLimits::new();
        let mine = address("192.0.2.1");
        let mut tried = 0;
        for nth in 0..100 {
            if limits.attempt("mine", mine, at(0)).is_ok() {
                limits.succeeded("mine", mine, at(0));
            }
            tried += u32::from(limits.attempt(&format!("name{nth}"), mine, at(0)).is_ok());
        }
        assert_eq!(tried, 20);
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_holds_longest() {
        let mut map = Bounded::<u32, Instant>::new(1000);
        *map.entry(&0, at(0), |until| *until) = at(1_000_000);
        for key in 1..50_000 {
            *map.entry(&key, at(0), |until| *until) = at(i64::from(key % 500) + 1);
            assert!(map.map.len() <= 1000);
        }
        assert!(map.map.contains_key(&0));
    }
}
