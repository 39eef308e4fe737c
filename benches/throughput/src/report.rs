//! All figures of a run, and the text that is printed at its end.

use std::fmt::Write;

use comfy_table::Table;
use millstream_harness::{ContenderReport, GrainPoint, Machine, grain_table, human_ns, plain_table};
use serde::Serialize;

use crate::compression::CompressionReport;
use crate::corpus::Facts;
use crate::options::Options;
use crate::sweep::SweepReport;

/// What `--json` writes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// The program's version.
    pub(crate) version: &'static str,
    /// The words it was called with, without its own name.
    pub(crate) arguments: Vec<String>,
    pub(crate) machine: Machine,
    pub(crate) options: Options,
    /// Threads of every contender but the serial loop.
    pub(crate) threads: usize,
    /// What efficiencies are divided by: the threads, but no more than there are cores.
    pub(crate) threads_at_once: usize,
    pub(crate) corpus: Facts,
    pub(crate) compression: CompressionReport,
    pub(crate) sweeps: Vec<SweepReport>,
    /// Wall time of the whole run.
    pub(crate) elapsed_ns: f64,
    /// CPU time of the whole run.
    pub(crate) cpu_ns: f64,
    /// The most memory the process held at any time.
    pub(crate) peak_rss_bytes: Option<u64>,
}

impl Report {
    /// What was measured, in sentences.
    pub(crate) fn preamble(&self) -> Vec<String> {
        let Facts { path, files, bytes_read, bytes, blocks, block_bytes, .. } = &self.corpus;
        let (threads, at_once) = (self.threads, self.threads_at_once);
        let mut lines = vec![
            format!("Machine: {}", self.machine),
            format!("Command: cargo run --release -- {}", self.arguments.join(" "))
                .trim_end_matches(" -- ")
                .to_owned(),
            format!(
                "Data: {bytes} bytes in {blocks} blocks of {block_bytes} ({files} files under {}, {bytes_read} bytes{})",
                path.display(),
                if bytes > bytes_read { ", repeated" } else { "" },
            ),
            format!(
                "Efficiency: (serial time / {at_once}) / time on {threads} threads. Medians of ratios inside a round."
            ),
        ];
        if threads > at_once {
            lines.push(format!("Note: {threads} threads share {at_once} cores."));
        }
        if *blocks < 4 * threads {
            lines.push(format!(
                "Note: {threads} threads have {blocks} block(s) to share: too few to be busy to the end."
            ));
        }
        lines
    }

    /// What is printed at the end.
    pub(crate) fn text(&self) -> String {
        let mut text = self.preamble().join("\n");
        let compression = &self.compression;
        let blank_line = "\n\n";
        // Writing to a String does not fail.
        let _ = write!(text, "{blank_line}{}{blank_line}", compression.title());
        text.push_str(&compression.table().to_string());
        for sweep in &self.sweeps {
            let grains: Vec<f64> = sweep.points.iter().map(|point| point.nominal_ns).collect();
            let curves: Vec<(&str, &[GrainPoint])> =
                sweep.curves.iter().map(|curve| (curve.contender.as_str(), &curve.points[..])).collect();
            let _ = write!(text, "{blank_line}Efficiency by work per item, {}", sweep.shape.title());
            let _ = write!(text, "{blank_line}{}", grain_table("contender", &grains, &curves));
        }
        let _ = write!(text, "{blank_line}Whole run: {}", human_ns(self.elapsed_ns));
        let _ = write!(text, ", CPU time {}", human_ns(self.cpu_ns));
        if let Some(bytes) = self.peak_rss_bytes {
            let _ = write!(text, ", at most {:.0} MiB of memory", bytes as f64 / (1 << 20) as f64);
        }
        text.push('\n');
        text
    }
}

impl CompressionReport {
    pub(crate) fn title(&self) -> String {
        let share = 100.0 * self.compressed_bytes as f64 / self.bytes as f64;
        format!("zlib level {} and CRC-32 of every block (to {share:.1} % of the size)", self.level)
    }

    /// Input bytes over time.
    pub(crate) fn mib_per_second(&self, time_ns: f64) -> f64 {
        self.bytes as f64 / (1u64 << 20) as f64 / (time_ns / 1e9)
    }

    /// One line a contender.
    fn table(&self) -> Table {
        let mut table = plain_table(Self::HEADER);
        for contender in &self.contest.contenders {
            table.add_row(self.cells(contender));
        }
        table
    }

    /// The columns of [`cells`](Self::cells).
    pub(crate) const HEADER: [&str; 9] =
        ["contender", "median", "min", "max", "CPU", "MiB/s", "speed-up", "efficiency", "rounds"];

    /// A contender's figures.
    pub(crate) fn cells(&self, contender: &ContenderReport) -> [String; 9] {
        [
            contender.name.clone(),
            human_ns(contender.time_ns.median),
            human_ns(contender.time_ns.min),
            human_ns(contender.time_ns.max),
            human_ns(contender.cpu_ns.median),
            format!("{:.1}", self.mib_per_second(contender.time_ns.median)),
            format!("{:.2} x", contender.speed_up.median),
            format!("{:.0} %", contender.efficiency * 100.0),
            contender.time_ns.rounds.to_string(),
        ]
    }
}
