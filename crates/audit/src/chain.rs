//! Whether a trail is whole: every number is there and every row is as it was written.
//!
//! What a chain cannot show is that its end was cut off or that all of it was made anew. For that, [`Verified`] gives number
//! and digest of the last row: whoever noted them earlier, elsewhere, can compare.

use causeway_store::AuditRow;

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It, or the digest of the row before it, is not as it was written.
    Altered,
}

/// A trail that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail is broken: row {sequence} {}", match fault { Fault::Missing => "is missing", Fault::Altered => "was altered" })]
pub struct Broken {
    /// The first row that is not right.
    pub sequence: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// A trail that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The number of the last row, which is how many there are.
    pub sequence: u64,
    /// The digest of the last row; empty where there is none.
    pub digest: String,
}

/// Checks rows one by one, from the first.
#[derive(Clone, Debug, Default)]
pub struct Verifier(Verified);

impl Verifier {
    /// Takes the next row.
    pub fn check(&mut self, row: &AuditRow) -> Result<(), Broken> {
        let expected = self.0.sequence + 1;
        if row.sequence != expected {
            return Err(Broken { sequence: expected, fault: Fault::Missing });
        }
        if row.digest != row.digest_after(&self.0.digest) {
            return Err(Broken { sequence: expected, fault: Fault::Altered });
        }
        self.0 = Verified { sequence: expected, digest: row.digest.clone() };
        Ok(())
    }

    /// What was verified.
    pub fn finish(self) -> Verified {
        self.0
    }
}

/// Checks a whole trail.
pub fn verify<'a>(rows: impl IntoIterator<Item = &'a AuditRow>) -> Result<Verified, Broken> {
    let mut verifier = Verifier::default();
    rows.into_iter().try_for_each(|row| verifier.check(row))?;
    Ok(verifier.finish())
}
