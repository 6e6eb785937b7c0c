//! Landlock: the second wall around the file system, and the only one around ports.
//!
//! Rules are allow-lists that a process puts on itself and can never take off. The kernel may
//! know only a part of them, or none; what holds in the end is returned as [`Raised`].

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, NetPort, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use serde::{Deserialize, Serialize};

use crate::spec::{Network, PortRule};

/// The newest version whose rights were tried here.
const KNOWN: ABI = ABI::V7;

/// What is allowed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Walls {
    /// Below these everything may be read and executed.
    pub(super) read: Vec<PathBuf>,
    /// Below these everything may be done.
    pub(super) write: Vec<PathBuf>,
    pub(super) network: Network,
}

/// What the kernel enforces of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Raised {
    pub(super) filesystem: bool,
    pub(super) network: bool,
}

impl Walls {
    /// Restricts this process and all that it will start. Paths that are not there are skipped.
    pub(super) fn raise(&self) -> Result<Raised, RulesetError> {
        let mut ruleset = Ruleset::default().handle_access(AccessFs::from_all(KNOWN))?.scope(Scope::from_all(KNOWN))?;
        if self.network.bind != PortRule::Any {
            ruleset = ruleset.handle_access(AccessNet::BindTcp)?;
        }
        if self.network.connect != PortRule::Any {
            ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
        }
        let created = ruleset
            .create()?
            .add_rules(path_beneath_rules(&self.read, AccessFs::from_read(KNOWN)))?
            .add_rules(path_beneath_rules(&self.write, AccessFs::from_all(KNOWN)))?;
        let created = allow_ports(created, &self.network.bind, AccessNet::BindTcp)?;
        let created = allow_ports(created, &self.network.connect, AccessNet::ConnectTcp)?;
        let status = created.restrict_self()?;
        let abi = match status.landlock {
            LandlockStatus::Available { effective_abi, .. } => effective_abi,
            LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => ABI::Unsupported,
        };
        let holds = status.ruleset != RulesetStatus::NotEnforced;
        Ok(Raised { filesystem: holds, network: holds && abi >= ABI::V4 })
    }
}

fn allow_ports(created: RulesetCreated, rule: &PortRule, access: AccessNet) -> Result<RulesetCreated, RulesetError> {
    let allow = |port: u16| Ok::<_, RulesetError>(NetPort::new(port, access));
    match rule {
        PortRule::Any => Ok(created),
        PortRule::Only(ports) => created.add_rules(ports.iter().copied().map(allow)),
        PortRule::AllBut(ports) => created.add_rules((0..=u16::MAX).filter(|port| !ports.contains(port)).map(allow)),
    }
}
