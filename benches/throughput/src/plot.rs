//! Drawings for the page: SVG text, without a font or a file of its own.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::RelativeSize;

use crate::compression::CompressionReport;
use crate::sweep::{Curve, SweepReport};

const SIZE: (u32, u32) = (860, 420);
/// Told apart by readers who see few colours, too (Okabe and Ito's palette).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Efficiency against work per item, a line for each contender.
pub(crate) fn efficiency(sweep: &SweepReport) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || sweep.curves.iter().flat_map(|curve| &curve.points);
        let low = points().map(|point| point.grain_ns).fold(f64::INFINITY, f64::min);
        let high = points().map(|point| point.grain_ns).fold(0.0, f64::max);
        let top = points().map(|point| point.efficiency).fold(1.0, f64::max) * 105.0;
        // One grain alone still needs an axis of some length.
        let grains = low.min(high) * 0.9..high.max(low) * 1.1;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(grains.log_scale(), 0.0..top)?;
        chart
            .configure_mesh()
            .x_desc("work per item, ns (logarithmic)")
            .y_desc("efficiency, %")
            .light_line_style(WHITE)
            .x_label_formatter(&|grain| format!("{grain:.0}"))
            .draw()?;
        // The first colour is the serial loop's, which has no curve.
        for (Curve { contender, points, .. }, colour) in
            sweep.curves.iter().zip(COLOURS.iter().cycle().skip(1))
        {
            let line: Vec<(f64, f64)> =
                points.iter().map(|point| (point.grain_ns, point.efficiency * 100.0)).collect();
            chart
                .draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(2)).point_size(3))?
                .label(contender.as_str())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}

/// Throughput of each contender: a bar to its median, a line from its slowest to its fastest round.
pub(crate) fn throughput(compression: &CompressionReport) -> Result<String, Box<dyn Error>> {
    let contenders = &compression.contest.contenders;
    let rates = |time_ns: f64| compression.mib_per_second(time_ns);
    let top = contenders.iter().map(|one| rates(one.time_ns.min)).fold(0.0, f64::max) * 1.1;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(110)
            .build_cartesian_2d(0.0..top, 0.0..contenders.len() as f64)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc("MiB/s")
            .light_line_style(WHITE)
            .y_labels(0)
            .draw()?;
        for (index, contender) in contenders.iter().enumerate() {
            let middle = contenders.len() as f64 - index as f64 - 0.5;
            let (slow, fast) = (rates(contender.time_ns.max), rates(contender.time_ns.min));
            let bar = [(0.0, middle - 0.3), (rates(contender.time_ns.median), middle + 0.3)];
            let colour = COLOURS[index % COLOURS.len()];
            chart.draw_series([Rectangle::new(bar, colour.mix(0.7).filled())])?;
            chart.draw_series([PathElement::new([(slow, middle), (fast, middle)], BLACK.stroke_width(2))])?;
            let style = ("sans-serif", RelativeSize::Height(0.04)).into_text_style(&area);
            let place = chart.backend_coord(&(0.0, middle));
            area.draw(&Text::new(contender.name.as_str(), (14, place.1 - 8), style))?;
        }
        area.present()?;
    }
    Ok(svg)
}
