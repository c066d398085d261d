//! The mouse.

use crate::app::effect::Effect;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::model::Model;
use crate::app::msg::MouseAction;
use crate::app::update::{choose, go, rows, run};
use crate::app::view::{Hit, Pane, Tab, View};
use crate::base::key::{Key, KeyCode};

const ENTER: Key = Key::plain(KeyCode::Enter);

/// Takes what the mouse did to something.
pub(super) fn mouse(model: &mut Model, action: MouseAction, hit: Option<Hit>, effects: &mut Vec<Effect>) {
    if !model.layers.is_empty() {
        return layer(model, action, hit, effects);
    }
    match (action, hit) {
        (MouseAction::Wheel(by), Some(Hit::Pane(pane))) => wheel(model, pane, by),
        (MouseAction::Wheel(by), Some(Hit::Row(_) | Hit::Fold(_) | Hit::Column(_))) => {
            wheel(model, Pane::Navigator, by);
        }
        (MouseAction::Wheel(by), Some(Hit::Tab(_) | Hit::Link(_))) => wheel(model, Pane::Detail, by),
        (MouseAction::Wheel(by), Some(Hit::PanelRow(_))) => wheel(model, Pane::Panel, by),
        (MouseAction::Press, Some(Hit::PanelRow(row))) => select_panel(model, row),
        (MouseAction::DoublePress, Some(Hit::PanelRow(row))) => {
            select_panel(model, row);
            go::open(model);
        }
        (MouseAction::Press, Some(Hit::Row(row))) => select(model, row),
        (MouseAction::DoublePress, Some(Hit::Row(row))) => {
            select(model, row);
            go::open(model);
        }
        (MouseAction::Menu, Some(Hit::Row(row))) => {
            select(model, row);
            choose::open_menu(model);
        }
        (MouseAction::Press | MouseAction::DoublePress, Some(Hit::Fold(row))) => {
            if let Some(node) = model.tree.nodes.get(row).copied() {
                if !model.tree.folds.remove(&node) {
                    model.tree.folds.insert(node);
                }
                rows::rebuild(model);
            }
        }
        (MouseAction::Press, Some(Hit::Column(column))) => {
            let call = Call {
                action: crate::app::actions::ActionId::SortBy,
                argument: Some((column + 1).to_string()),
            };
            run::call(model, &call, None, effects);
        }
        (MouseAction::Press, Some(Hit::Tab(tab))) => {
            let node = model.selected();
            if let Some(tab) = Tab::of(node).get(tab) {
                model.detail.set_tab(node, *tab);
                model.pane = Pane::Detail;
            }
        }
        (MouseAction::Press, Some(Hit::Pane(pane))) => model.pane = pane,
        (MouseAction::Press, Some(Hit::Action(action))) => {
            run::call(model, &Call { action, argument: None }, None, effects);
        }
        (MouseAction::Press, Some(Hit::Node(node))) => go::jump(model, node),
        (MouseAction::Press, Some(Hit::ConsoleTab(tab))) => model.consoles.tab = tab,
        (MouseAction::Press, Some(Hit::Picture(place))) => model.wall.cursor.go(&model.wall.vms, place),
        (MouseAction::DoublePress, Some(Hit::Picture(place))) => {
            model.wall.cursor.go(&model.wall.vms, place);
            let open = crate::app::actions::ActionId::ConsoleScreen;
            run::call(
                model,
                &Call {
                    action: open,
                    argument: None,
                },
                None,
                effects,
            );
        }
        (MouseAction::Press, Some(Hit::Link(node))) => {
            model.pane = Pane::Detail;
            model.detail.point_at(model.selected(), node);
        }
        (MouseAction::DoublePress, Some(Hit::Link(node))) => go::follow(model, node),
        _ => {}
    }
}

fn wheel(model: &mut Model, pane: Pane, by: i8) {
    let by = isize::from(by) * 3;
    match (pane, model.view) {
        (Pane::Navigator, View::Tree) => model.tree.cursor.scroll(&model.tree.nodes, by),
        (Pane::Navigator, View::List) => model.list.cursor.scroll(&model.list.rows, by),
        (Pane::Detail, _) => go::scroll_detail(model, by),
        (Pane::Panel, _) => model.step_panel(by),
    }
}

fn select(model: &mut Model, row: usize) {
    model.pane = Pane::Navigator;
    match model.view {
        View::Tree => model.tree.cursor.go(&model.tree.nodes, row),
        View::List => model.list.cursor.go(&model.list.rows, row),
    }
}

fn select_panel(model: &mut Model, row: usize) {
    model.pane = Pane::Panel;
    model.select_panel_row(row);
}

/// In dialogs the mouse chooses entries; it never answers a question.
fn layer(model: &mut Model, action: MouseAction, hit: Option<Hit>, effects: &mut Vec<Effect>) {
    let row = match hit {
        Some(Hit::LayerRow(row)) => Some(row),
        _ => None,
    };
    let press = matches!(action, MouseAction::Press | MouseAction::DoublePress);
    match (model.layers.last_mut(), row, action) {
        (Some(Layer::Menu(_)), Some(row), _) if press => {
            choose::choose_entry(model, row, ENTER, effects);
        }
        (Some(Layer::Menu(menu)), _, MouseAction::Wheel(by)) => menu.step(isize::from(by)),
        (Some(Layer::Palette(palette)), Some(row), _) if press => {
            palette.index = row.min(palette.hits.len().saturating_sub(1));
            choose::choose_hit(model, ENTER, effects);
        }
        (Some(Layer::Palette(palette)), _, MouseAction::Wheel(by)) => palette.step(isize::from(by)),
        (Some(Layer::Form(form)), Some(row), _) if press => {
            let enterable = form
                .fields
                .get(row)
                .is_some_and(|field| field.control != crate::app::layers::form::Control::Note);
            if enterable {
                form.index = row;
            }
        }
        (Some(Layer::Viewer(viewer)), _, MouseAction::Wheel(by)) => {
            let last = model
                .sizes
                .layer_lines
                .saturating_sub(usize::from(model.sizes.layer_rows));
            viewer.offset = viewer.offset.saturating_add_signed(isize::from(by) * 3).min(last);
        }
        _ => {}
    }
}
