//! How large a network has to be: pure.
//!
//! `required = containers × addresses each × (1 + buffer / 100)`, rounded up; the
//! recommended size is the smallest whose usable addresses are enough. The gateway
//! has one of them: the buffer leaves room for it, and where there is none a size
//! without room for the gateway is not recommended.

use crate::error::{Error, Result};
use crate::model::network_size::{NetworkSize, SizeFit, SizeRecommendation, prefix_text};
use crate::model::profile::Profile;

/// The smallest that is offered: 6 addresses.
pub const SMALLEST: u8 = 29;
/// The largest that is offered. The engine takes a /8 too, but nobody's home does.
pub const LARGEST: u8 = 16;
/// Containers of a host whose profile knows no limit.
const WITHOUT_LIMIT: u32 = 100;
/// Room to grow, percent.
pub const BUFFER: u32 = 20;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRequest {
    pub max_containers: u32,
    pub ips_per_container: u32,
    pub buffer_percent: u32,
}

impl SizeRequest {
    /// As many containers as the host should have, an address each, and a fifth more.
    pub fn of_host(profile: &Profile) -> Self {
        Self {
            max_containers: profile.max_containers.unwrap_or(WITHOUT_LIMIT),
            ips_per_container: 1,
            buffer_percent: BUFFER,
        }
    }

    /// # Errors
    /// When a figure is out of its bounds.
    fn check(self) -> Result<()> {
        let bounded = |field: &'static str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(
                field,
                format!("{value} is not allowed: use a number from {least} to {most}."),
            ))
        };
        bounded("max_containers", self.max_containers, 1, 65_534)?;
        bounded("ips_per_container", self.ips_per_container, 1, 64)?;
        bounded("buffer_percent", self.buffer_percent, 0, 1000)
    }

    fn addresses(self) -> u64 {
        u64::from(self.max_containers) * u64::from(self.ips_per_container)
    }

    fn required(self) -> u64 {
        (self.addresses() * (100 + u64::from(self.buffer_percent))).div_ceil(100)
    }

    /// The smallest size that is enough, if there is one.
    fn prefix(self) -> Option<u8> {
        let least = self.required().max(self.addresses() + 1);
        (LARGEST..=SMALLEST)
            .rev()
            .find(|prefix| u64::from(usable(*prefix)) >= least)
    }
}

/// # Errors
/// When a figure is out of its bounds, or no network has as many addresses.
pub fn recommend(request: SizeRequest, profile: &Profile) -> Result<SizeRecommendation> {
    request.check()?;
    let required = request.required();
    let recommended = request.prefix().ok_or_else(|| {
        Error::invalid(
            "max_containers",
            format!(
                "{required} addresses are needed, and the largest network here has {}. Use several networks.",
                usable(LARGEST)
            ),
        )
    })?;
    let limit = profile.network_prefix_min;
    Ok(SizeRecommendation {
        max_containers: request.max_containers,
        ips_per_container: request.ips_per_container,
        buffer_percent: request.buffer_percent,
        required_ips: u32::try_from(required).unwrap_or(u32::MAX),
        recommended_cidr: prefix_text(recommended),
        usable_ips: usable(recommended),
        hardware_limit: prefix_text(limit),
        exceeds_hardware: recommended < limit,
        sizes: (LARGEST..=SMALLEST)
            .rev()
            .map(|prefix| NetworkSize::of(prefix, fit(prefix, recommended, limit)))
            .collect(),
    })
}

/// The prefix of the size that this host needs for all its containers.
pub fn enough(profile: &Profile) -> u8 {
    SizeRequest::of_host(profile).prefix().unwrap_or(LARGEST)
}

fn fit(prefix: u8, recommended: u8, limit: u8) -> SizeFit {
    if prefix > recommended {
        SizeFit::TooSmall
    } else if prefix < limit {
        SizeFit::Oversized
    } else if prefix == limit && prefix != LARGEST {
        // A host whose limit is the largest size has none.
        SizeFit::AtLimit
    } else if prefix == recommended {
        SizeFit::Recommended
    } else {
        SizeFit::Fits
    }
}

fn usable(prefix: u8) -> u32 {
    NetworkSize::of(prefix, SizeFit::Fits).usable_ips
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::ProfileName;

    fn sized(containers: u32, each: u32, buffer: u32, name: ProfileName) -> SizeRecommendation {
        let request = SizeRequest {
            max_containers: containers,
            ips_per_container: each,
            buffer_percent: buffer,
        };
        recommend(request, name.profile()).unwrap()
    }

    #[test]
    fn examples_of_the_design_document_get_its_sizes() {
        use ProfileName::{MediumServer, RaspberryPi};
        for (containers, each, name, required, cidr, usable, fit) in [
            (15, 1, RaspberryPi, 18, "/27", 30, SizeFit::Recommended),
            (15, 2, RaspberryPi, 36, "/26", 62, SizeFit::Recommended),
            // With the warning sign: the largest that this host should have.
            (15, 4, RaspberryPi, 72, "/25", 126, SizeFit::AtLimit),
            (50, 1, MediumServer, 60, "/26", 62, SizeFit::Recommended),
            (50, 2, MediumServer, 120, "/25", 126, SizeFit::Recommended),
        ] {
            let told = sized(containers, each, 20, name);
            assert_eq!(told.required_ips, required);
            assert_eq!(
                (told.recommended_cidr.as_str(), told.usable_ips),
                (cidr, usable)
            );
            let own = told.sizes.iter().find(|size| size.cidr == cidr).unwrap();
            assert_eq!(own.fit, fit, "{cidr}");
            assert!(!told.exceeds_hardware);
        }
    }

    #[test]
    fn sizes_are_those_of_the_reference_table() {
        let sizes = sized(15, 1, 20, ProfileName::RaspberryPi).sizes;
        for (cidr, total, usable, one, four) in [
            ("/29", 8, 6, 6, 1),
            ("/28", 16, 14, 14, 3),
            ("/27", 32, 30, 30, 7),
            ("/26", 64, 62, 62, 15),
            ("/25", 128, 126, 126, 31),
            ("/24", 256, 254, 254, 63),
            ("/16", 65536, 65534, 65534, 16383),
        ] {
            let size = sizes.iter().find(|size| size.cidr == cidr).unwrap();
            assert_eq!((size.total_ips, size.usable_ips), (total, usable));
            assert_eq!((size.containers, size.containers_with_four), (one, four));
        }
    }

    #[test]
    fn sizes_beyond_the_hardware_limit_are_oversized_and_smaller_ones_too_small() {
        let told = sized(15, 1, 20, ProfileName::RaspberryPi);
        let fit = |cidr: &str| {
            told.sizes
                .iter()
                .find(|size| size.cidr == cidr)
                .unwrap()
                .fit
        };
        assert_eq!(fit("/28"), SizeFit::TooSmall);
        assert_eq!(fit("/26"), SizeFit::Fits);
        assert_eq!(fit("/25"), SizeFit::AtLimit);
        assert_eq!(fit("/24"), SizeFit::Oversized);
        assert_eq!(told.hardware_limit, "/25");
        let many = sized(300, 1, 20, ProfileName::RaspberryPi);
        assert!(many.exceeds_hardware);
        assert_eq!(many.recommended_cidr, "/23");
        let none = sized(60_000, 1, 0, ProfileName::Enterprise);
        assert!(none.sizes.iter().all(|size| size.fit != SizeFit::Oversized));
        assert_eq!(none.sizes.last().unwrap().fit, SizeFit::Recommended);
    }

    #[test]
    fn without_a_buffer_there_is_still_room_for_the_gateway() {
        let full = sized(14, 1, 0, ProfileName::RaspberryPi);
        assert_eq!(
            (full.required_ips, full.recommended_cidr.as_str()),
            (14, "/27")
        );
        assert_eq!(
            sized(13, 1, 0, ProfileName::RaspberryPi).recommended_cidr,
            "/28"
        );
    }

    #[test]
    fn figures_out_of_bounds_are_refused_by_their_field() {
        let refused = |containers, each, buffer| {
            let request = SizeRequest {
                max_containers: containers,
                ips_per_container: each,
                buffer_percent: buffer,
            };
            let error = recommend(request, ProfileName::LowEnd.profile()).unwrap_err();
            format!("{:?}", error.kind)
        };
        assert!(refused(0, 1, 20).contains("max_containers"));
        assert!(refused(15, 0, 20).contains("ips_per_container"));
        assert!(refused(15, 1, 1001).contains("buffer_percent"));
        // Allowed each, and too much together.
        assert!(refused(65_534, 64, 1000).contains("max_containers"));
    }
}
