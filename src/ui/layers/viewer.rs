//! Text to read in a dialog: help, messages, given lines.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::viewer::{Subject, Viewer};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::base::ids::VmKey;
use crate::base::text;
use crate::base::time::short;
use crate::ui::content::{Content, wrap};
use crate::ui::layers::{help, popup, room};
use crate::ui::pen::{Pen, span};
use crate::ui::style::Skin;

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, viewer: &Viewer) {
    let (model, skin) = (pen.model, pen.skin);
    let width = room(screen) as u16;
    let mut content = Content::new(skin, width);
    match viewer.subject {
        Subject::Help => help::content(model, skin, &mut content),
        Subject::Notices => notices(model, skin, &mut content),
        Subject::Ticket(key) => ticket(model, &mut content, key),
        Subject::Text => {
            for line in &viewer.lines {
                for part in wrap(&text::show(line), usize::from(width)) {
                    content.line(Line::from(span(part, skin.get("popup"))));
                }
            }
        }
    }
    let border = skin.get("popup.border");
    let (frame, inside) = popup(
        pen,
        screen,
        (usize::from(width), content.len().max(1)),
        &viewer.title,
        border,
    );
    let (lines, rows) = (content.len(), usize::from(inside.height));
    let offset = viewer.offset.min(lines.saturating_sub(rows));
    content.draw(pen, inside, offset);
    pen.sizes().layer_rows = inside.height;
    pen.sizes().layer_lines = lines;
    pen.scroll_mark(frame, offset, rows, lines);
}

/// Where to connect, with which password, and for how long.
fn ticket<'m>(model: &'m Model, content: &mut Content<'m>, key: VmKey) {
    let Some(ticket) = model.tickets.get(&key) else {
        return content.nothing("the ticket has expired; the password that was there before is back");
    };
    content.fact("Address", ticket.address.show());
    content.fact("Port", ticket.port.to_string());
    content.fact("Password", text::show(ticket.password.expose()));
    content.fact("Lets in for", short(ticket.until.since(model.now)));
    content.blank();
    content.nothing("It is cleared afterwards; connections that exist then stay.");
}

fn notices<'m>(model: &'m Model, skin: Skin<'m>, content: &mut Content<'m>) {
    let mut any = false;
    for notice in model.notices.history().rev() {
        let (sign, scope) = match notice.level {
            Level::Info => (skin.signs.dot, "popup"),
            Level::Warning => ("!", "warning"),
            Level::Error => (skin.signs.failed, "danger"),
        };
        let times = if notice.count > 1 {
            format!(" (x{})", notice.count)
        } else {
            String::new()
        };
        let ago = short(model.now.since(notice.at));
        let shown = format!("{sign} {ago:>6} ago  {}{times}", text::show(&notice.text));
        for part in wrap(&shown, content.width) {
            content.line(Line::from(span(part, skin.get(scope))));
        }
        any = true;
    }
    if !any {
        content.nothing("nothing has been said yet");
    }
}
