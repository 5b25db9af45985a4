//! Charts over time, drawn as SVG by plotters. Titles and legends are HTML around them: those wrap.
//!
//! The drawing has 960 units in width for about 360 pixels on a phone and 560 on a desk, which is why its
//! letters are large. Points are whole numbers; only the library's pixels are floating point.

use maud::{Markup, PreEscaped, html};
use plotters::coord::types::RangedCoordi64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Circle, IntoDrawingArea, LineSeries, PathElement,
    RGBColor, Rectangle, SVGBackend, TRANSPARENT,
};
use plotters::style::{Color, ShapeStyle};
use tuanzhang_analytics::{Day, Ratio, Table, Value};
use tuanzhang_core::money::Decimals;

use crate::cell::grouped;
use crate::scale::drawn;
use crate::words::Words;

const SIZE: (u32, u32) = (960, 440);
const LETTERS: i32 = 35;
const INK: RGBColor = RGBColor(0x4a, 0x57, 0x63);
const GRID: RGBColor = RGBColor(0xdf, 0xe5, 0xe8);
/// Steps between two neighbours on the horizontal axis, so that a bar can have a width.
const STEP: i64 = 10;
/// Points of one line; a longer history is drawn from its end.
pub(crate) const POINTS_MAX: usize = 800;

/// How a series is drawn. The style sheet has the same colours for the legend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Wide and light.
    Bars,
    /// Narrow and dark, within the wide ones.
    Inner,
    /// A line with a dot at each point.
    Line,
    /// A second line.
    Other,
}

impl Form {
    const fn colour(self) -> RGBColor {
        match self {
            Self::Bars => RGBColor(0x9f, 0xd3, 0xcb),
            Self::Inner | Self::Line => RGBColor(0x0f, 0x6b, 0x62),
            Self::Other => RGBColor(0xc2, 0x6a, 0x12),
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Inner => "inner",
            Self::Line => "line",
            Self::Other => "other",
        }
    }
}

/// What the vertical axis counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    Count,
    Money(Decimals),
    /// Drawn in hundredths of a percent.
    Percent,
}

/// A chart to be drawn of a table: its first column is the axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) title: Words,
    pub(crate) unit: Unit,
    pub(crate) series: &'static [(&'static str, Form)],
}

/// Draws a plan. None where fewer than two rows can stand on an axis, or the library refuses.
pub(crate) fn draw(table: &Table, plan: Plan) -> Option<Markup> {
    let first = table.rows.len().saturating_sub(POINTS_MAX);
    let axis = Axis::of(table, first)?;
    let svg = svg(table, plan, &axis, first)?;
    let names = plan.series.iter().filter_map(|(key, form)| {
        table.columns.iter().find(|column| column.key == *key).map(|column| (column, form))
    });
    Some(html! { figure.chart {
        figcaption { (plan.title.markup()) " " @if axis.kind != Kind::Numbers {
            span.range { (axis.label(0)) " – " (axis.label(axis.last)) }
        } }
        div role="img" aria-label=(plan.title.english) { (PreEscaped(svg)) }
        ul.legend { @for (column, form) in names {
            li { span.{"swatch " (form.class())} {}
                (Words { chinese: column.chinese, english: column.english }.markup()) }
        } }
    } })
}

/// Where rows stand: days and months at their distance in time, numbers at their value.
#[derive(Debug)]
struct Axis {
    kind: Kind,
    origin: i64,
    last: i64,
    places: Vec<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Days,
    Months,
    Numbers,
}

impl Axis {
    fn of(table: &Table, first: usize) -> Option<Self> {
        let key = table.columns.first()?.key;
        let names = || {
            (first..table.rows.len()).map(|row| match table.get(row, key) {
                Value::Text(name) => name.clone(),
                Value::Count(number) => number.to_string(),
                Value::None
                | Value::Money(_)
                | Value::Average(_)
                | Value::Share(_)
                | Value::MoneyShare(_)
                | Value::Rate(_) => String::new(),
            })
        };
        let all = |read: fn(&str) -> Option<i64>| names().map(|name| read(&name)).collect();
        let days: Option<Vec<i64>> =
            all(|name| name.parse::<Day>().ok().map(|day| i64::from(day.number())));
        let months = || {
            all(|name| {
                format!("{name}-01").parse::<Day>().ok().map(|day| i64::from(day.month().number()))
            })
        };
        let numbers = || all(|name| name.parse().ok());
        let (kind, places) = match (days, months(), numbers()) {
            (Some(days), _, _) => (Kind::Days, days),
            (None, Some(months), _) => (Kind::Months, months),
            (None, None, Some(numbers)) => (Kind::Numbers, numbers),
            (None, None, None) => return None,
        };
        // A line that runs back and forth says nothing, and beyond the axis pixels overflow.
        if !places.is_sorted_by(|before, after| before < after) {
            return None;
        }
        let (origin, last) = (*places.first()?, *places.last()?);
        // Numbers begin at nothing: "within 7 days" is seven days from the first order.
        let origin = if kind == Kind::Numbers { origin.min(0) } else { origin };
        let far = last.checked_sub(origin).filter(|far| (1..1_000_000).contains(far))?;
        let places = places.iter().map(|place| place.saturating_sub(origin)).collect();
        Some(Self { kind, origin, last: far, places })
    }

    fn label(&self, place: i64) -> String {
        let absolute = self.origin.saturating_add(place);
        match self.kind {
            Kind::Numbers => absolute.to_string(),
            Kind::Days => i32::try_from(absolute)
                .map_or_else(|_| String::new(), |day| Day::new(day).to_string()),
            Kind::Months => {
                // Months are counted from 1: December is the twelfth of its year.
                let before = absolute.saturating_sub(1);
                let month = before.rem_euclid(12).saturating_add(1);
                format!("{:04}-{month:02}", before.div_euclid(12))
            }
        }
    }

    /// A label under the axis: the month and day alone while those are unambiguous.
    fn tick(&self, place: i64) -> String {
        if place.rem_euclid(STEP) != 0 {
            return String::new();
        }
        let place = place.div_euclid(STEP);
        if !(0..=self.last).contains(&place) {
            return String::new();
        }
        let label = self.label(place);
        match self.kind {
            Kind::Days if self.last <= 366 => label.get(5..).unwrap_or_default().to_owned(),
            Kind::Days => label.get(..7).unwrap_or_default().to_owned(),
            Kind::Months | Kind::Numbers => label,
        }
    }
}

fn svg(table: &Table, plan: Plan, axis: &Axis, first: usize) -> Option<String> {
    let points = |key: &str| -> Vec<(i64, i64)> {
        let rows = (first..table.rows.len()).zip(&axis.places);
        rows.filter_map(|(row, place)| {
            Some((place.saturating_mul(STEP), drawn(table.get(row, key))?))
        })
        .collect()
    };
    let series: Vec<_> = plan.series.iter().map(|(key, form)| (points(key), *form)).collect();
    let lengths = || series.iter().flat_map(|(points, _)| points.iter().map(|(_, length)| *length));
    let most = lengths().max()?.max(0);
    let least = lengths().min()?.min(0);
    let room = most.saturating_sub(least).checked_div(16)?.max(1);
    let top = most.saturating_add(room);
    let bottom = if least < 0 { least.saturating_sub(room) } else { 0 };
    let right = axis.last.saturating_mul(STEP).saturating_add(6);
    // Room for half a label, so that the first of the axis doesn't stand under the other axis's zero.
    let left = axis.last.saturating_mul(STEP).div_euclid(12).max(6).saturating_neg();

    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin_top(28)
            .margin_right(40)
            .x_label_area_size(52)
            .y_label_area_size(124)
            .build_cartesian_2d(left..right, bottom..top)
            .ok()?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(7)
            .y_labels(5)
            // Not 0: for no points at all the library multiplies its steps until they overflow.
            .max_light_lines(1)
            .light_line_style(TRANSPARENT)
            .bold_line_style(ShapeStyle { color: GRID.to_rgba(), filled: false, stroke_width: 2 })
            .axis_style(ShapeStyle { color: GRID.to_rgba(), filled: false, stroke_width: 2 })
            .label_style(("sans-serif", LETTERS, &INK))
            .x_label_formatter(&|place| axis.tick(*place))
            .y_label_formatter(&|length| plan.unit.tick(*length, most.max(least.saturating_neg())))
            .draw()
            .ok()?;
        for (points, form) in series {
            draw_series(&mut chart, points, form)?;
        }
        let zero = PathElement::new([(left, 0), (right, 0)], INK.stroke_width(2));
        chart.draw_series([zero]).ok()?;
        area.present().ok()?;
    }
    Some(text)
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordi64, RangedCoordi64>>;

/// Draws one series into the chart; none where the library refuses.
fn draw_series(chart: &mut Chart<'_, '_>, points: Vec<(i64, i64)>, form: Form) -> Option<()> {
    let colour = form.colour();
    match form {
        Form::Bars | Form::Inner => {
            let half = if form == Form::Bars { 4 } else { 2 };
            let bars = points.into_iter().map(|(place, length)| {
                let (left, right) = (place.saturating_sub(half), place.saturating_add(half));
                Rectangle::new([(left, 0), (right, length)], colour.filled())
            });
            chart.draw_series(bars).ok()?;
        }
        Form::Line | Form::Other => {
            let stroke = colour.stroke_width(5);
            let dot = if points.len() > 60 { 0 } else { 7 };
            chart.draw_series(LineSeries::new(points.iter().copied(), stroke)).ok()?;
            let dots = points.into_iter().map(|at| Circle::new(at, dot, colour.filled()));
            chart.draw_series(dots).ok()?;
        }
    }
    Some(())
}

impl Unit {
    /// A label on the vertical axis, exact to a tenth of its unit.
    fn tick(self, length: i64, most: i64) -> String {
        if length == 0 {
            return "0".to_owned();
        }
        let unit = match self {
            Self::Count => 1,
            Self::Percent => 100,
            Self::Money(decimals) => 10_i64.saturating_pow(u32::from(decimals.get())),
        };
        let (by, sign) = match most.checked_div(unit).unwrap_or(0) {
            10_000_000.. => (1_000_000, "M"),
            10_000.. => (1_000, "k"),
            _ => (1, if self == Self::Percent { " %" } else { "" }),
        };
        let denominator = i128::from(unit).saturating_mul(by);
        let ratio = Ratio { numerator: i128::from(length), denominator };
        let number = ratio.number(1).unwrap_or_default();
        format!("{}{sign}", grouped(number.strip_suffix(".0").unwrap_or(&number)))
    }
}
