//! The machine a figure was taken on.

use std::fmt;
use std::fs;

use serde::{Deserialize, Serialize};

/// What a reader must know before comparing figures. What could not be found out is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: Option<String>,
    /// Cores this process may use (affinity mask and quota are taken into account).
    pub cores: usize,
    /// Operating system and kernel release.
    pub kernel: Option<String>,
    /// Memory of the whole machine.
    pub memory_bytes: Option<u64>,
    /// How many threads wanted to run over the last minute when we began: what else ran.
    pub load_average: Option<f64>,
    /// The compiler that built this program.
    pub rustc: Option<String>,
    /// True if built without optimisation: the figures are then good for nothing.
    pub debug_build: bool,
}

impl Machine {
    /// Looks around.
    pub fn here() -> Machine {
        let read = |path: &str| fs::read_to_string(path).ok();
        let rustc = env!("MILLSTREAM_RUSTC_VERSION");
        Machine {
            cpu: read("/proc/cpuinfo").and_then(|text| field(&text, "model name")),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").map(|release| format!("Linux {}", release.trim())),
            memory_bytes: read("/proc/meminfo")
                .and_then(|text| field(&text, "MemTotal"))
                .and_then(|total| total.strip_suffix("kB")?.trim().parse::<u64>().ok())
                .map(|kilobytes| kilobytes * 1024),
            load_average: read("/proc/loadavg")
                .and_then(|text| text.split_whitespace().next().and_then(|word| word.parse().ok())),
            rustc: (!rustc.is_empty()).then(|| rustc.to_owned()),
            debug_build: cfg!(debug_assertions),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        write!(f, "{} cores of {}, {}", self.cores, or_unknown(&self.cpu), or_unknown(&self.kernel))?;
        if let Some(bytes) = self.memory_bytes {
            write!(f, ", {:.1} GiB", bytes as f64 / (1u64 << 30) as f64)?;
        }
        write!(f, ", {}", or_unknown(&self.rustc))?;
        if let Some(load) = self.load_average {
            write!(f, ", load average before {load:.2}")?;
        }
        if self.debug_build {
            write!(f, ", BUILT WITHOUT OPTIMISATION")?;
        }
        Ok(())
    }
}

/// The value of the first `key : value` line in a /proc file.
fn field(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "model\t\t: 85\nmodel name\t: Some CPU @ 2.00GHz\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(field(text, "model").as_deref(), Some("85"));
        assert_eq!(field(text, "name"), None);
    }

    #[test]
    fn this_machine_has_cores_and_says_how_it_was_built() {
        let machine = Machine::here();
        assert!(machine.cores >= 1);
        assert!(machine.to_string().contains("cores of"));
        assert_eq!(machine.debug_build, cfg!(debug_assertions));
    }
}
