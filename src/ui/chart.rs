//! Lines over time: braille dots, or ASCII characters, with axes; missing readings are gaps.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::base::text::{pad, pad_left};
use crate::base::time::{Stamp, short};
use crate::ui::pen::span;
use crate::ui::style::Skin;

/// Readings, oldest first; `None` is a gap.
pub(super) type Points = Vec<(Stamp, Option<f32>)>;

/// One line of a chart.
pub(super) struct Series {
    pub name: String,
    pub points: Points,
    pub style: Style,
}

/// What a chart looks like.
pub(super) struct Chart<'a> {
    pub title: &'a str,
    /// The greatest value there can be, if there is one; else the greatest there is.
    pub top: Option<f32>,
    /// How values are written.
    pub unit: fn(f64) -> String,
    /// Lines of the plot.
    pub height: usize,
}

/// Cells of the scale beside the plot.
const SCALE: usize = 9;
/// What lines are drawn with that no colour tells apart.
const MARKS: [char; 6] = ['*', '+', 'o', 'x', '#', '@'];

/// A chart in so many columns: a heading, the plot with its scale, and the time below.
pub(super) fn draw(skin: Skin<'_>, chart: &Chart<'_>, series: &[Series], width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![legend(skin, chart, series)];
    let plot = width.saturating_sub(SCALE + 1);
    let span_of_time = series
        .iter()
        .filter_map(|line| window(&line.points))
        .max_by_key(|(from, to)| to.since(*from));
    let (Some((from, to)), true) = (span_of_time, plot >= 8) else {
        lines.push(Line::from(span("  no readings yet", skin.get("text.dim"))));
        return lines;
    };
    if series
        .iter()
        .flat_map(|line| &line.points)
        .all(|(_, value)| value.is_none())
    {
        lines.push(Line::from(span("  nothing in this time", skin.get("text.dim"))));
        return lines;
    }
    let greatest = series
        .iter()
        .flat_map(|line| &line.points)
        .filter_map(|(_, value)| *value)
        .fold(0f32, f32::max);
    let top = chart
        .top
        .unwrap_or(greatest * 1.1)
        .max(f32::MIN_POSITIVE)
        .max(if chart.top.is_none() { 1e-6 } else { 0.0 });
    // one line needs no character of its own
    let letters = skin.ascii || (skin.letters() && series.len() > 1);
    let per_cell = if letters { (1, 1) } else { (2, 4) };
    let mut canvas = Canvas::new(plot, chart.height, letters);
    for (n, line) in series.iter().enumerate() {
        let columns = resample(&line.points, from, to, plot * per_cell.0);
        canvas.plot(n, &columns, top, per_cell);
    }
    let axis = skin.get("chart.axis");
    let known = greatest > 0.0 || chart.top.is_some();
    for row in 0..chart.height {
        let scale = match row {
            0 if known => (chart.unit)(f64::from(top)),
            row if row + 1 == chart.height => "0".to_owned(),
            row if known && chart.height >= 5 && row == chart.height / 2 => {
                (chart.unit)(f64::from(top) * (chart.height - row) as f64 / chart.height as f64)
            }
            _ => String::new(),
        };
        let mut spans = vec![span(
            format!("{}{}", pad_left(&scale, SCALE), skin.signs.vertical),
            axis,
        )];
        spans.extend(canvas.row(row, series));
        lines.push(Line::from(spans));
    }
    let begin = format!("-{}", short(to.since(from)));
    let below = format!("{}{}now", " ".repeat(SCALE + 1), pad(&begin, plot.saturating_sub(3)));
    lines.push(Line::from(span(below, axis)));
    lines
}

/// Title, and each line's sign, name and last value.
fn legend(skin: Skin<'_>, chart: &Chart<'_>, series: &[Series]) -> Line<'static> {
    let mut spans = vec![span(format!("{}  ", chart.title), skin.get("text.strong"))];
    for (n, line) in series.iter().enumerate() {
        let sign = if skin.ascii || (skin.letters() && series.len() > 1) {
            MARKS[n % MARKS.len()].to_string()
        } else {
            "━".to_owned()
        };
        let last = line.points.last().and_then(|(_, value)| *value);
        let value = last.map_or_else(|| "-".to_owned(), |value| (chart.unit)(f64::from(value)));
        spans.push(span(sign, line.style));
        spans.push(span(format!(" {} {value}  ", line.name), skin.get("text")));
    }
    Line::from(spans)
}

/// The time that readings cover, at least a minute.
fn window(points: &Points) -> Option<(Stamp, Stamp)> {
    let (first, last) = (points.first()?.0, points.last()?.0);
    let span = last.since(first).max(Duration::from_mins(1));
    Some((Stamp(last.0.saturating_sub(span)), last))
}

/// The mean of the readings in each of so many equal parts of the time. A part between two
/// readings that follow each other takes the one before; a longer pause stays empty.
fn resample(points: &Points, from: Stamp, to: Stamp, columns: usize) -> Vec<Option<f32>> {
    let mut sums = vec![(0f32, 0u32, false); columns];
    let whole = to.since(from).as_secs_f64().max(1e-3);
    let place = |at: Stamp| {
        let share = at.since(from).as_secs_f64() / whole;
        ((share * columns as f64) as usize).min(columns.saturating_sub(1))
    };
    let mut steps: Vec<Duration> = points.windows(2).map(|pair| pair[1].0.since(pair[0].0)).collect();
    steps.sort_unstable();
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    let reach = usual.mul_f64(2.5).as_secs_f64() / whole * columns as f64;
    for (at, value) in points.iter().filter(|(at, _)| *at >= from) {
        let slot = &mut sums[place(*at)];
        match value {
            Some(value) => {
                slot.0 += value;
                slot.1 += 1;
            }
            None => slot.2 = true,
        }
    }
    let mut out = Vec::with_capacity(columns);
    let mut last: Option<(usize, f32)> = None;
    for (n, (sum, count, gap)) in sums.into_iter().enumerate() {
        if count > 0 {
            let mean = sum / count as f32;
            last = Some((n, mean));
            out.push(Some(mean));
        } else {
            if gap {
                last = None;
            }
            out.push(last.filter(|(at, _)| (n - at) as f64 <= reach).map(|(_, value)| value));
        }
    }
    out
}

/// Dots of each cell, and the line that was drawn there last.
struct Canvas {
    width: usize,
    letters: bool,
    cells: Vec<(u8, Option<usize>)>,
    height: usize,
}

impl Canvas {
    fn new(width: usize, height: usize, letters: bool) -> Self {
        Self {
            width,
            letters,
            cells: vec![(0, None); width * height],
            height,
        }
    }

    fn plot(&mut self, series: usize, columns: &[Option<f32>], top: f32, per_cell: (usize, usize)) {
        let levels = self.height * per_cell.1;
        let level = |value: f32| ((value / top).clamp(0.0, 1.0) * (levels - 1) as f32).round() as usize;
        let mut before: Option<usize> = None;
        for (x, value) in columns.iter().enumerate() {
            let Some(value) = value else {
                before = None;
                continue;
            };
            let now = level(*value);
            let (low, high) = before.map_or((now, now), |before| (before.min(now), before.max(now)));
            for y in low..=high {
                // the step between two columns belongs to the new one, without its old end
                if y != now && before == Some(y) {
                    continue;
                }
                self.dot(series, x, levels - 1 - y, per_cell);
            }
            before = Some(now);
        }
    }

    fn dot(&mut self, series: usize, x: usize, y: usize, per_cell: (usize, usize)) {
        const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let at = y / per_cell.1 * self.width + x / per_cell.0;
        if let Some(cell) = self.cells.get_mut(at) {
            cell.0 |= DOTS[y % per_cell.1][x % per_cell.0];
            cell.1 = Some(series);
        }
    }

    fn row(&self, row: usize, series: &[Series]) -> Vec<Span<'static>> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut run = String::new();
        let mut of: Option<usize> = None;
        let style = |of: Option<usize>| of.and_then(|n| series.get(n)).map_or(Style::new(), |line| line.style);
        for (dots, drawn) in &self.cells[row * self.width..(row + 1) * self.width] {
            if *drawn != of && !run.is_empty() {
                spans.push(span(std::mem::take(&mut run), style(of)));
            }
            of = *drawn;
            run.push(match drawn {
                None => ' ',
                Some(n) if self.letters => MARKS[n % MARKS.len()],
                Some(_) => char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' '),
            });
        }
        spans.push(span(run, style(of)));
        spans
    }
}

/// One line of levels, the newest reading at the right.
pub(super) fn sparkline(skin: Skin<'_>, points: &Points, top: f32, cells: usize) -> String {
    let Some((from, to)) = window(points) else {
        return " ".repeat(cells);
    };
    let levels = skin.signs.levels;
    resample(points, from, to, cells)
        .into_iter()
        .map(|value| match value {
            None => " ",
            Some(value) => {
                let level = (value / top.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0) * (levels.len() - 1) as f32;
                levels[level.round() as usize]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units;
    use crate::config::theme::Theme;

    fn points(values: &[Option<f32>]) -> Points {
        let at = |n: usize| Stamp::from_millis(n as u64 * 2000);
        values.iter().enumerate().map(|(n, value)| (at(n), *value)).collect()
    }

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let mut values = vec![Some(50.0); 60];
        values[20..40].fill(None);
        let columns = resample(&points(&values), Stamp::default(), Stamp::from_millis(118_000), 59);
        assert!(columns[5].is_some() && columns[50].is_some());
        assert!(columns[25..38].iter().all(Option::is_none));
    }

    #[test]
    fn ascii_draws_ascii() {
        let theme = Theme::default();
        let skin = Skin::new(&theme, true);
        let chart = Chart {
            title: "CPU",
            top: Some(100.0),
            unit: units::percent,
            height: 5,
        };
        let series = [Series {
            name: "user".to_owned(),
            points: points(&[Some(0.0), Some(50.0), Some(100.0)]),
            style: Style::new(),
        }];
        let drawn = text(&draw(skin, &chart, &series, 40));
        assert!(
            drawn.iter().all(|line| line.is_ascii() && line.len() <= 40),
            "{drawn:#?}"
        );
        assert!(drawn[0].contains("user 100%"));
        assert!(drawn[1].starts_with("     100%|"));
        assert!(drawn[1].contains('*') && drawn[5].contains('*'));
        assert!(text(&draw(skin, &chart, &[], 40))[1].contains("no readings"));
    }

    #[test]
    fn odd_values_do_no_harm() {
        let theme = Theme::default();
        let skin = Skin::new(&theme, false);
        let chart = Chart {
            title: "x",
            top: None,
            unit: units::per_second,
            height: 3,
        };
        for values in [
            vec![Some(f32::INFINITY)],
            vec![Some(0.0), None],
            vec![Some(1e30), Some(-5.0)],
        ] {
            let series = [Series {
                name: String::new(),
                points: points(&values),
                style: Style::new(),
            }];
            for width in 0..30 {
                draw(skin, &chart, &series, width);
            }
            sparkline(skin, &points(&values), 0.0, 10);
        }
    }
}
