//! Adapter to the machine: hardware, interfaces, mDNS, systemd, clock, figures.
