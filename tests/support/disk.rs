//! A disk that can be filled.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// A small file system of its own, which is taken away again.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Lays it over a folder, with what was in the folder.
    pub fn over(folder: PathBuf) -> Self {
        Self::of(folder, 6)
    }

    /// The same, of so many megabytes.
    pub fn of(folder: PathBuf, megabytes: u32) -> Self {
        let aside = folder.with_extension("aside");
        let run = |program: &str, arguments: &[&std::ffi::OsStr]| {
            let output = Command::new(program).args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {said}");
        };
        run(
            "cp",
            &["-a".as_ref(), folder.as_os_str(), aside.as_os_str()],
        );
        let options = format!("size={megabytes}m,mode=0700");
        run(
            "mount",
            &[
                "-t".as_ref(),
                "tmpfs".as_ref(),
                "-o".as_ref(),
                options.as_ref(),
                "tmpfs".as_ref(),
                folder.as_os_str(),
            ],
        );
        let content = aside.join(".");
        run(
            "cp",
            &["-a".as_ref(), content.as_os_str(), folder.as_os_str()],
        );
        Self(folder)
    }

    pub fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves so many bytes.
    pub fn fill_but(&self, left: u64) {
        self.fill();
        let file = std::fs::File::options()
            .write(true)
            .open(self.ballast())
            .unwrap();
        let size = file.metadata().unwrap().len();
        file.set_len(size - left).unwrap();
    }

    /// Leaves not one byte.
    pub fn fill(&self) {
        let mut options = std::fs::File::options();
        let mut file = options
            .append(true)
            .create(true)
            .open(self.ballast())
            .unwrap();
        for size in [65536, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
