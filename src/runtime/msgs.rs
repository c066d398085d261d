//! Input turned into messages for the model, with the help of what the last drawing put where.

use crate::app::msg::Msg;
use crate::app::view::Hit;
use crate::hv::console::{Stroke, Typed};
use crate::runtime::input::Input;
use crate::ui::HitMap;

/// The message that an input is, if it is one for the model. A changed size is, with the size.
/// `grabbed`: a console takes presses and releases of keys apart.
pub fn message(input: Input, hits: &HitMap, size: (u16, u16), grabbed: bool) -> Option<Msg> {
    match input {
        Input::Key { key, repeat } => Some(Msg::Key { key, repeat }),
        Input::Paste(text) => Some(Msg::Paste(text)),
        Input::Stroke { key, stroke } if grabbed => Some(Msg::Stroke {
            typed: Typed::Key(key),
            stroke,
        }),
        Input::Stroke { stroke: Stroke::Up, .. } => None,
        Input::Stroke { key, stroke } => Some(Msg::Key {
            key,
            repeat: stroke == Stroke::Repeat,
        }),
        Input::Mouse { action, pointer } => match hits.hit(pointer.column, pointer.row) {
            Some(Hit::Console(_)) => Some(Msg::Pointer(pointer)),
            hit => action.map(|action| Msg::Mouse { action, hit }),
        },
        Input::Resized | Input::Resumed => Some(Msg::Resize(size.0, size.1)),
        Input::HungUp | Input::Answer => None,
    }
}
