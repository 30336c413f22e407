//! Passwords: what they may be, how they are kept, whether one is right.

use std::fmt;
use std::str::FromStr;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::common_passwords::is_common;
use crate::secret::SecretHash;
use crate::{Fill, NoRandomness, guessable};

/// Memory in KiB, passes and lanes of argon2id: the OWASP Password Storage Cheat Sheet (2024) asks for at least 19 MiB,
/// 2 and 1. All hashes have the same, so that checking takes the same time for every account, and for none.
const PARAMETERS: (u32, u32, u32) = (19_456, 2, 1);

/// Bytes of salt and of hash: RFC 9106 §4 has 16 and 32.
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// OWASP ASVS 5.0 6.2.1 asks for 8 and recommends 15; NIST SP 800-63B for 8. Passwords are typed by hand here.
pub const PASSWORD_MIN_CHARACTERS: usize = 12;

/// OWASP ASVS 5.0 6.2.9 asks that at least 64 are allowed. A bound keeps requests small.
pub const PASSWORD_MAX_CHARACTERS: usize = 256;

/// As many passwords are checked at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 4;

/// Why a password may not be set. Reject: choose another; it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than twelve characters.
    #[error(
        "a password needs at least {PASSWORD_MIN_CHARACTERS} characters: some words in a row are easy to keep"
    )]
    TooShort,
    /// More than is read.
    #[error("a password has at most {PASSWORD_MAX_CHARACTERS} characters")]
    TooLong,
    /// What is tried first, or made of it.
    #[error(
        "the password is a common one, or made of common words, the account's name, years, rows of keys or repetitions: choose words \
         that have nothing to do with each other or with this work"
    )]
    Guessable,
}

/// Why a text is no hash of a password that is taken. Reject: set the password again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an argon2id hash with m=19456,t=2,p=1, a salt of 16 bytes and a hash of 32: set the password again"
)]
pub(crate) struct PasswordHashError;

/// A hash in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash(String);

/// Whether a password may be set, and not only typed. `context` is what has to do with the account.
///
/// # Errors
/// Which rule it breaks. There are none about kinds of characters (ASVS 6.2.5).
pub fn check_password(password: &str, context: &[&str]) -> Result<(), PasswordFault> {
    let characters = password.chars().count();
    if characters < PASSWORD_MIN_CHARACTERS {
        return Err(PasswordFault::TooShort);
    }
    if characters > PASSWORD_MAX_CHARACTERS {
        return Err(PasswordFault::TooLong);
    }
    let is_tried_first = is_common(password) || guessable::is_guessable(password, context);
    if is_tried_first { Err(PasswordFault::Guessable) } else { Ok(()) }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = PARAMETERS;
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).expect("the constants are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl PasswordHash {
    pub(crate) fn of(password: &str, fill: &mut Fill<'_>) -> Result<PasswordHash, NoRandomness> {
        let mut salt = [0; SALT_BYTES];
        fill(&mut salt)?;
        Ok(PasswordHash::with_salt(password, &salt))
    }

    fn with_salt(password: &str, salt: &[u8; SALT_BYTES]) -> PasswordHash {
        let _place = Place::wait();
        let hash: phc::PasswordHash = argon2()
            .hash_password_with_salt(password.as_bytes(), salt)
            .expect("parameters and length of the salt are constant, and the password is short");
        PasswordHash(hash.to_string())
    }

    /// Tells this one from another, that of the same password with another salt included.
    pub(crate) fn mark(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    fn is_of(&self, password: &str) -> bool {
        let _place = Place::wait();
        let hash = phc::PasswordHash::new(&self.0).expect("it was parsed when it was read");
        argon2().verify_password(password.as_bytes(), &hash).is_ok()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a password is held against where there is no account, or none with a password.
static NOBODYS: LazyLock<PasswordHash> =
    LazyLock::new(|| PasswordHash::with_salt("of an account that there is not", &[0; SALT_BYTES]));

/// Whether a password is right, exactly as it was typed (ASVS 6.2.8). Takes the same time without a hash.
pub(crate) fn is_right(hash: Option<&PasswordHash>, password: &str) -> bool {
    let is_right = hash.unwrap_or(&NOBODYS).is_of(password);
    is_right && hash.is_some()
}

/// Makes what nobody's password is held against, so that the first sign-in is not slower than the next.
pub(crate) fn prepare() {
    LazyLock::force(&NOBODYS);
}

/// One of the places at which passwords are checked.
struct Place;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Place {
    fn wait() -> Place {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken =
            FREED.wait_while(taken, |taken| *taken >= AT_ONCE).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

impl FromStr for PasswordHash {
    type Err = PasswordHashError;

    fn from_str(text: &str) -> Result<PasswordHash, PasswordHashError> {
        let hash = phc::PasswordHash::new(text).map_err(|_| PasswordHashError)?;
        let params = Params::try_from(&hash).map_err(|_| PasswordHashError)?;
        let is_ours = hash.algorithm.as_str() == "argon2id"
            && hash.version == Some(Version::V0x13.into())
            && (params.m_cost(), params.t_cost(), params.p_cost()) == PARAMETERS
            && params.keyid().is_empty()
            && params.data().is_empty()
            && hash.salt.is_some_and(|salt| salt.len() == SALT_BYTES)
            && hash.hash.is_some_and(|hash| hash.len() == HASH_BYTES);
        if is_ours { Ok(PasswordHash(text.to_owned())) } else { Err(PasswordHashError) }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_is_that_of_the_standard() {
        // RFC 9106 §5.3 needs a secret and data that are not used here; this is the reference implementation's own
        // test: argon2id, v=19, t=2, m=2^16, p=1, "password", "somesalt".
        let params = Params::new(1 << 16, 2, 1, Some(32)).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut out = [0; 32];
        argon2.hash_password_into(b"password", b"somesalt", &mut out).unwrap();
        let known = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
        assert_eq!(crate::secret::hex(&out), known);
    }

    #[test]
    fn a_password_is_right_exactly_as_typed() {
        let mut fill = |bytes: &mut [u8]| {
            bytes.fill(7);
            Ok(())
        };
        let hash = PasswordHash::of("Nine grey 河 lamps", &mut fill).unwrap();
        assert_eq!(hash.as_str().parse(), Ok(hash.clone()));
        assert!(is_right(Some(&hash), "Nine grey 河 lamps"));
        for wrong in ["nine grey 河 lamps", "Nine grey 河 lamps ", "", &"x".repeat(100_000)] {
            assert!(!is_right(Some(&hash), wrong));
        }
        assert!(!is_right(None, "of an account that there is not"), "nobody's hash lets nobody in");
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }

    #[test]
    fn other_hashes_are_refused() {
        let good = PasswordHash::with_salt("x", &[1; SALT_BYTES]);
        for (from, to) in [
            ("argon2id", "argon2i"),
            ("m=19456", "m=19455"),
            ("m=19456", "m=4194304"),
            ("t=2", "t=1"),
            ("p=1", "p=4"),
            ("v=19", "v=16"),
            ("$AQEB", "$"),
        ] {
            let other = good.as_str().replacen(from, to, 1);
            assert_ne!(other, good.as_str());
            assert_eq!(other.parse::<PasswordHash>(), Err(PasswordHashError), "{other}");
        }
        assert!("".parse::<PasswordHash>().is_err());
        let short = good.as_str().rsplit_once('$').unwrap().0;
        assert!(short.parse::<PasswordHash>().is_err());
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(check_password("河zk西Wq八Jv东L", &[]), Err(PasswordFault::TooShort));
        assert_eq!(check_password("河zk西Wq八Jv东Lp", &[]), Ok(()));
        let long = "zk Wq Jv Lp ".repeat(30) + "moss under seven bells";
        assert_eq!(check_password(&long, &[]), Err(PasswordFault::TooLong));
        assert_eq!(check_password("kM3 vz0Tq-Wb 8hLx", &[]), Ok(()));
    }
}
