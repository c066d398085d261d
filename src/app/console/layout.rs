//! Where consoles stand on the screen: as much of it as possible is the guest's.

use crate::hv::console::ConsoleId;

/// A part of the screen in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub x: u16,
    /// First row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell is in it.
    pub fn contains(self, x: u16, y: u16) -> bool {
        (self.x..self.x.saturating_add(self.width)).contains(&x)
            && (self.y..self.y.saturating_add(self.height)).contains(&y)
    }
}

/// One console on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub console: ConsoleId,
    /// Its title line, when there are several.
    pub title: Option<Area>,
    /// What the guest has.
    pub inside: Area,
}

/// Divides a screen of this size among consoles: one line of tabs above, one of help below, the
/// rest in a grid that is at most as many columns as keep `80` cells each.
pub fn places(panes: &[ConsoleId], (columns, rows): (u16, u16)) -> Vec<Place> {
    let body = Area {
        x: 0,
        y: 1,
        width: columns,
        height: rows.saturating_sub(2),
    };
    let count = panes.len().max(1) as u16;
    let across = (1..=count)
        .rev()
        .find(|across| *across == 1 || (columns / across >= 80 && across * across <= count + across))
        .unwrap_or(1);
    let down = count.div_ceil(across);
    panes
        .iter()
        .enumerate()
        .map(|(n, console)| {
            let (row, column) = (n as u16 / across, n as u16 % across);
            // the last row's consoles share its whole width
            let here = across.min(count - row * across);
            let x = part(body.width, here, column);
            let y = part(body.height, down, row);
            let cell = Area {
                x: body.x + x,
                y: body.y + y,
                width: part(body.width, here, column + 1) - x,
                height: part(body.height, down, row + 1) - y,
            };
            if count == 1 {
                return Place {
                    console: *console,
                    title: None,
                    inside: cell,
                };
            }
            let gap = u16::from(column + 1 < here);
            Place {
                console: *console,
                title: Some(Area {
                    height: cell.height.min(1),
                    ..cell
                }),
                inside: Area {
                    y: cell.y + cell.height.min(1),
                    width: cell.width.saturating_sub(gap),
                    height: cell.height.saturating_sub(1),
                    ..cell
                },
            }
        })
        .collect()
}

/// Where the `n`th of `count` parts of a length begins.
fn part(length: u16, count: u16, n: u16) -> u16 {
    (u32::from(length) * u32::from(n) / u32::from(count.max(1))) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_console_has_all_but_two_lines() {
        let found = places(&[ConsoleId(1)], (80, 24));
        assert_eq!(
            found[0].inside,
            Area {
                x: 0,
                y: 1,
                width: 80,
                height: 22
            }
        );
        assert_eq!(found[0].title, None);
    }

    #[test]
    fn parts_never_overlap_and_stay_on_the_screen() {
        for count in 1..=12_u64 {
            for size in [(1, 1), (2, 3), (80, 24), (160, 50), (250, 60)] {
                let ids: Vec<ConsoleId> = (0..count).map(ConsoleId).collect();
                let found = places(&ids, size);
                assert_eq!(found.len(), ids.len());
                for (n, one) in found.iter().enumerate() {
                    assert!(one.inside.x + one.inside.width <= size.0, "{count} {size:?}");
                    assert!(one.inside.y + one.inside.height < size.1.max(2), "{count} {size:?}");
                    for other in &found[n + 1..] {
                        let apart = one.inside.x + one.inside.width <= other.inside.x
                            || one.inside.y + one.inside.height <= other.inside.y;
                        assert!(apart, "{count} {size:?} {one:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn wide_screens_put_consoles_side_by_side() {
        let two = places(&[ConsoleId(1), ConsoleId(2)], (170, 50));
        assert_eq!(two[0].inside.y, two[1].inside.y);
        let narrow = places(&[ConsoleId(1), ConsoleId(2)], (120, 50));
        assert_eq!(narrow[0].inside.x, narrow[1].inside.x);
    }
}
