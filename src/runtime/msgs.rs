//! Input turned into messages for the model, with the help of what the last drawing put where.

use crate::app::msg::Msg;
use crate::runtime::input::Input;
use crate::ui::HitMap;

/// The message that an input is, if it is one for the model. A changed size is, with the size.
pub fn message(input: Input, hits: &HitMap, size: (u16, u16)) -> Option<Msg> {
    match input {
        Input::Key { key, repeat } => Some(Msg::Key { key, repeat }),
        Input::Paste(text) => Some(Msg::Paste(text)),
        Input::Mouse { action, column, row } => Some(Msg::Mouse {
            action,
            hit: hits.hit(column, row),
        }),
        Input::Resized | Input::Resumed => Some(Msg::Resize(size.0, size.1)),
        Input::HungUp => None,
    }
}
