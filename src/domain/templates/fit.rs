//! Whether this host can run a template sensibly, and if not, why.

use crate::model::profile::ProfileName;
use crate::model::spec::memory_said;
use crate::model::template::{Architecture, Fit, Template, Verdict};

/// What is known of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThisHost {
    pub profile: ProfileName,
    pub memory_bytes: u64,
    /// None for a processor that no template speaks of.
    pub architecture: Option<Architecture>,
}

const MIB: u64 = 1024 * 1024;

pub fn fit(template: &Template, on: &ThisHost) -> Fit {
    let mut verdict = Verdict::Fits;
    let mut reasons = Vec::new();
    let mut say = |worse: Verdict, reason: String| {
        verdict = verdict.max(worse);
        reasons.push(reason);
    };
    if let Some(architecture) = on.architecture
        && !template.architectures.is_empty()
        && !template.architectures.contains(&architecture)
    {
        let made: Vec<&str> = template.architectures.iter().map(|a| a.as_str()).collect();
        say(
            Verdict::Foreign,
            format!(
                "Its image is built for {}; this host is {}.",
                made.join(" and "),
                architecture.as_str()
            ),
        );
    }
    if let Some(least) = template.min_profile
        && rank(on.profile) < rank(least)
    {
        let why = template.min_profile_why.clone().unwrap_or_else(|| {
            format!(
                "It is meant for {} or higher; this host has the profile {}.",
                least.profile().title,
                on.profile.profile().title
            )
        });
        say(Verdict::TooBig, why);
    }
    let wants = u64::from(template.memory_mib) * MIB;
    if wants > on.memory_bytes {
        say(
            Verdict::TooBig,
            format!(
                "It needs {} of memory; this host has {}.",
                memory_said(wants),
                memory_said(on.memory_bytes)
            ),
        );
    } else if wants > on.memory_bytes / 2 {
        say(
            Verdict::Tight,
            format!(
                "It needs {} of memory, more than half of what this host has ({}).",
                memory_said(wants),
                memory_said(on.memory_bytes)
            ),
        );
    }
    Fit { verdict, reasons }
}

fn rank(profile: ProfileName) -> usize {
    ProfileName::ALL
        .iter()
        .position(|one| *one == profile)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pi() -> ThisHost {
        ThisHost {
            profile: ProfileName::RaspberryPi,
            memory_bytes: 4096 * MIB,
            architecture: Some(Architecture::Arm64),
        }
    }

    fn template(memory_mib: u32) -> Template {
        Template {
            memory_mib,
            architectures: vec![Architecture::Amd64, Architecture::Arm64],
            ..Template::default()
        }
    }

    #[test]
    fn template_fit_depends_on_required_memory() {
        for (memory_mib, verdict) in [
            (0, Verdict::Fits),
            (2048, Verdict::Fits),
            (2049, Verdict::Tight),
            (4096, Verdict::Tight),
            (4097, Verdict::TooBig),
        ] {
            let fit = fit(&template(memory_mib), &pi());
            assert_eq!(fit.verdict, verdict, "{memory_mib}: {fit:?}");
            assert_eq!(fit.reasons.is_empty(), verdict == Verdict::Fits);
        }
    }

    #[test]
    fn template_fit_depends_on_hardware_profile_and_architecture() {
        let mut one = template(64);
        one.min_profile = Some(ProfileName::LowEnd);
        one.min_profile_why = Some("Heavy.".to_owned());
        assert_eq!(fit(&one, &pi()).reasons, ["Heavy."]);
        assert_eq!(fit(&one, &pi()).verdict, Verdict::TooBig);
        one.architectures = vec![Architecture::Amd64];
        let both = fit(&one, &pi());
        assert_eq!((both.verdict, both.reasons.len()), (Verdict::Foreign, 2));
        let nas = ThisHost {
            profile: ProfileName::LowEnd,
            architecture: Some(Architecture::Amd64),
            ..pi()
        };
        assert_eq!(fit(&one, &nas).verdict, Verdict::Fits);
        let unknown = ThisHost {
            architecture: None,
            ..nas
        };
        assert_eq!(fit(&one, &unknown).verdict, Verdict::Fits);
    }
}
