//! A batch made ready for the writer in the caller's thread, so that the one writer does as little as possible.

use std::ops::Range;
use std::sync::Arc;

use causeway_core::{Key, Object};
use parking_lot::Mutex;

use crate::interner::Interner;
use crate::outline::{locate_stamp, skim, stamp};
use crate::{AuditRow, Batch, Head, Precondition, Record, Result, Revision, StoreError, WriteKind};

/// An object as text, with a gap for the revision that only the commit knows.
#[derive(Debug)]
pub(crate) struct Draft {
    json: String,
    gap: Range<usize>,
    head: Head,
}

impl Draft {
    fn new(mut object: Object, interner: &Mutex<Interner>) -> Result<Self> {
        let doing = "encoding an object";
        object.set(&["metadata", "resourceVersion"], "");
        let json = serde_json::to_string(&object).map_err(StoreError::while_doing(doing))?;
        let gap = locate_stamp(&json)
            .ok_or("its JSON has no unambiguous metadata.resourceVersion")
            .map_err(StoreError::while_doing(doing))?;
        let skimmed = skim(&json);
        let head = skimmed.into_head(&mut interner.lock());
        Ok(Self { json, gap, head })
    }

    /// The object as it is stored at a revision.
    pub(crate) fn record(&self, key: &Key, revision: Revision) -> Record {
        Record { key: key.clone(), revision, head: self.head.clone(), json: stamp(&self.json, &self.gap, revision) }
    }
}

/// One write, ready.
#[derive(Debug)]
pub(crate) struct DraftWrite {
    pub(crate) key: Key,
    pub(crate) precondition: Precondition,
    /// None deletes.
    pub(crate) draft: Option<Draft>,
}

/// A batch, ready.
#[derive(Debug)]
pub(crate) struct DraftBatch {
    pub(crate) writes: Vec<DraftWrite>,
    pub(crate) audit: Vec<AuditRow>,
}

impl DraftBatch {
    /// Encodes a batch.
    pub(crate) fn new(batch: Batch, interner: &Mutex<Interner>) -> Result<Self> {
        let writes = batch.writes.into_iter().map(|write| {
            let draft = match write.kind {
                WriteKind::Put(object) => Some(Draft::new(object, interner)?),
                WriteKind::Delete => None,
            };
            Ok(DraftWrite { key: share(&write.key, interner), precondition: write.precondition, draft })
        });
        Ok(Self { writes: writes.collect::<Result<_>>()?, audit: batch.audit })
    }

    /// Roughly how much will be written, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.writes.iter().filter_map(|write| write.draft.as_ref()).map(|draft| draft.json.len()).sum()
    }
}

/// The same key with its kind and namespace in shared allocations.
fn share(key: &Key, interner: &Mutex<Interner>) -> Key {
    let mut interner = interner.lock();
    Key {
        resource: interner.intern_resource(&key.resource),
        namespace: interner.intern(&key.namespace),
        name: Arc::clone(&key.name),
    }
}
