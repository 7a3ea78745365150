//! What one password hash costs (scrypt, RFC 7914), and how much of it a host bears.

/// One of the sets of parameters that are equally hard to guess against (OWASP,
/// Password Storage Cheat Sheet), continued downward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// N is 2 to this power.
    pub log_n: u8,
    pub r: u32,
    pub p: u32,
}

/// What the program needs beside a hash.
const BESIDE: u64 = 12 << 20;

impl HashCost {
    pub const MIB_128: Self = Self::of(17, 1);
    pub const MIB_64: Self = Self::of(16, 2);
    pub const MIB_32: Self = Self::of(15, 3);
    /// Largest first.
    const ALL: [Self; 6] = [
        Self::MIB_128,
        Self::MIB_64,
        Self::MIB_32,
        Self::of(14, 5),
        Self::of(13, 10),
        Self::of(12, 20),
    ];

    const fn of(log_n: u8, p: u32) -> Self {
        Self { log_n, r: 8, p }
    }

    /// What one hash holds while it runs: 128 · N · r bytes.
    pub const fn memory_bytes(self) -> u64 {
        128 * (1 << self.log_n) * self.r as u64
    }
}

/// How passwords are hashed on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    pub cost: HashCost,
    pub at_once: usize,
    /// A stored hash from a larger host is not computed if it needs more than this.
    pub most_bytes: u64,
    /// Not even the smallest cost keeps within a third of the memory.
    pub is_tight: bool,
}

impl Hashing {
    /// As `wanted`, but all hashes together take at most a third of `memory`, the
    /// bytes that this process may use (0 where that is not known).
    pub fn within(memory: u64, wanted: HashCost, at_once: usize) -> Self {
        if memory == 0 {
            return Self {
                cost: wanted,
                at_once: 1,
                most_bytes: u64::MAX,
                is_tight: false,
            };
        }
        let third = memory / 3;
        let costs = HashCost::ALL.into_iter();
        let cost = costs
            .filter(|cost| cost.memory_bytes() <= wanted.memory_bytes())
            .find(|cost| cost.memory_bytes() <= third);
        let is_tight = cost.is_none();
        let cost = cost.unwrap_or(HashCost::ALL[HashCost::ALL.len() - 1]);
        let room = usize::try_from(third / cost.memory_bytes()).unwrap_or(usize::MAX);
        Self {
            cost,
            at_once: room.clamp(1, at_once),
            most_bytes: memory.saturating_sub(BESIDE).max(cost.memory_bytes()),
            is_tight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn hashes_take_at_most_a_third_of_the_memory() {
        for (wanted, at_once) in [(HashCost::MIB_32, 1), (HashCost::MIB_128, 4)] {
            for memory in [13, 24, 32, 48, 64, 96, 200, 512, 1024, 65536].map(|mib| mib * MIB) {
                let found = Hashing::within(memory, wanted, at_once);
                let all = found.cost.memory_bytes() * found.at_once as u64;
                assert!(all <= memory / 3, "{memory}: {found:?}");
                assert!(found.cost.memory_bytes() <= wanted.memory_bytes());
                assert!(!found.is_tight);
            }
            let enough = Hashing::within(8 << 30, wanted, at_once);
            assert_eq!((enough.cost, enough.at_once), (wanted, at_once));
            assert!(Hashing::within(8 * MIB, wanted, at_once).is_tight);
            assert_eq!(Hashing::within(0, wanted, at_once).cost, wanted);
        }
    }

    #[test]
    fn smaller_costs_are_as_hard_as_larger_ones() {
        let [largest, .., smallest] = HashCost::ALL;
        let work = |cost: HashCost| (1_u64 << cost.log_n) * u64::from(cost.p);
        assert!(work(smallest) * 2 >= work(largest));
        assert_eq!(HashCost::MIB_32.memory_bytes(), 32 * MIB);
        assert_eq!(smallest.memory_bytes(), 4 * MIB);
    }
}
