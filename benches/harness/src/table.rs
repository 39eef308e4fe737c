//! Figures for people.

use comfy_table::{CellAlignment, Table, presets};

use crate::contest::ContestReport;
use crate::metg::{GrainPoint, Metg};
use crate::units::human_ns;

/// A table whose first column is text and whose others are figures; readable as Markdown too.
pub fn plain_table<H: ToString>(header: impl IntoIterator<Item = H>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.into_iter().map(|cell| cell.to_string()));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if index == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

/// One line for each contender: median, min, max, CPU time, efficiency and speed-up.
pub fn contest_table(report: &ContestReport) -> Table {
    let mut table = plain_table([
        report.name.as_str(),
        "median",
        "min",
        "max",
        "CPU",
        "speed-up",
        "efficiency",
        "rounds",
    ]);
    for contender in &report.contenders {
        table.add_row([
            contender.name.clone(),
            human_ns(contender.time_ns.median),
            human_ns(contender.time_ns.min),
            human_ns(contender.time_ns.max),
            human_ns(contender.cpu_ns.median),
            format!("{:.2} x", contender.speed_up.median),
            format!("{:.0} %", contender.efficiency * 100.0),
            contender.time_ns.rounds.to_string(),
        ]);
    }
    table
}

/// One line for each contender of a sweep: its efficiency at each grain, METG50 and METG90.
///
/// `grains_ns` are the nominal grains, one for each of the points of every curve.
pub fn grain_table(title: &str, grains_ns: &[f64], curves: &[(&str, &[GrainPoint])]) -> Table {
    let mut header = vec![title.to_owned()];
    header.extend(grains_ns.iter().map(|&grain| human_ns(grain)));
    header.extend(["METG50".to_owned(), "METG90".to_owned()]);
    let mut table = plain_table(header);
    for &(name, points) in curves {
        let mut row = vec![name.to_owned()];
        row.extend(points.iter().map(|point| format!("{:.0} %", point.efficiency * 100.0)));
        row.resize(grains_ns.len() + 1, "-".to_owned());
        for threshold in [0.5, 0.9] {
            row.push(Metg::of(points, threshold).map_or_else(|| "-".to_owned(), |metg| metg.to_string()));
        }
        table.add_row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contest;

    #[test]
    fn every_contender_has_a_line() {
        let mut contest = Contest::new("one", 1);
        contest.serial("loop", || 1).contender("other", || 1);
        let text = contest_table(&contest.run().unwrap()).to_string();
        assert!(text.contains("| loop "), "{text}");
        assert!(text.contains("| other "), "{text}");
        assert!(text.contains("efficiency"), "{text}");
    }

    #[test]
    fn a_sweep_shows_what_it_could_not_place() {
        let points = [(11.0, 0.95), (31.0, 0.97)];
        let points = points.map(|(grain_ns, efficiency)| GrainPoint { grain_ns, efficiency });
        let text = grain_table("map", &[11.0, 31.0], &[("a", &points), ("none", &[])]).to_string();
        assert!(text.contains("< 11.0 ns"), "{text}");
        assert!(text.contains("95 %"), "{text}");
        assert!(text.lines().any(|line| line.contains("| none") && line.matches('-').count() == 4), "{text}");
    }
}
