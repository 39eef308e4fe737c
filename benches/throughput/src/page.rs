//! The page that `--html` writes: plots and tables in one file.

use std::error::Error;

use maud::{DOCTYPE, PreEscaped, html};
use millstream_harness::{Metg, human_ns};

use crate::compression::CompressionReport;
use crate::plot;
use crate::report::Report;
use crate::sweep::SweepReport;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color:#222;background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .7rem;\
    text-align:right;border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}\
    svg{max-width:100%;height:auto}.wide{overflow-x:auto}";

/// The page's text.
pub(crate) fn page(report: &Report) -> Result<String, Box<dyn Error>> {
    let compression = &report.compression;
    let throughput = plot::throughput(compression)?;
    let sweeps: Vec<(&SweepReport, String)> = report
        .sweeps
        .iter()
        .map(|sweep| plot::efficiency(sweep).map(|svg| (sweep, svg)))
        .collect::<Result<_, _>>()?;
    let metg = |metg: &Option<Metg>| metg.map_or_else(|| "-".to_owned(), |metg| metg.to_string());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Millstream: throughput" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Throughput" }
                @for line in report.preamble() { p { (line) } }
                h2 { (compression.title()) }
                (PreEscaped(throughput))
                div class="wide" {
                    table {
                        tr { @for heading in CompressionReport::HEADER { th { (heading) } } }
                        @for contender in &compression.contest.contenders {
                            tr { @for cell in compression.cells(contender) { td { (cell) } } }
                        }
                    }
                }
                @for (sweep, svg) in &sweeps {
                    h2 { "Efficiency by work per item, " (sweep.shape.title()) }
                    (PreEscaped(svg))
                    div class="wide" {
                        table {
                            tr {
                                th { "contender" }
                                @for point in &sweep.points { th { (human_ns(point.nominal_ns)) } }
                                th { "METG50" }
                                th { "METG90" }
                            }
                            @for curve in &sweep.curves {
                                tr {
                                    td { (curve.contender) }
                                    @for point in &curve.points {
                                        td { (format!("{:.0} %", point.efficiency * 100.0)) }
                                    }
                                    td { (metg(&curve.metg50)) }
                                    td { (metg(&curve.metg90)) }
                                }
                            }
                        }
                    }
                }
                p {
                    "METG50 and METG90: the smallest work per item from which on the efficiency stays at or above "
                    "50 % and 90 %."
                }
            }
        }
    };
    Ok(page.into_string())
}
