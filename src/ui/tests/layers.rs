//! Every kind of dialog, also on the smallest screen.

use crate::app::actions::ActionId;
use crate::app::effect::{HostDraft, InventoryChange};
use crate::app::input::Input;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::command_line::CommandLine;
use crate::app::layers::confirm::{Confirmation, Intent};
use crate::app::layers::form::{Control, Field, Form, FormId, Purpose};
use crate::app::layers::menu::{Choice, Entry, Menu};
use crate::app::layers::palette::{self, Palette, Target};
use crate::app::layers::viewer::{Subject, Viewer};
use crate::app::view::Hit;
use crate::base::ids::NodeId;
use crate::ui::tests::fixture::{Desk, HOSTILE};

fn run() -> Call {
    Call {
        action: ActionId::Start,
        argument: None,
    }
}

pub(super) fn all() -> Vec<Layer> {
    let question = |phrase: Option<&str>| {
        Layer::Confirm(Confirmation {
            title: "Force off".to_owned(),
            lines: (0..30).map(|n| format!("web-{n} on alpha {HOSTILE}")).collect(),
            environment: Some("PROD".to_owned()),
            phrase: phrase.map(str::to_owned),
            input: Input::new("we"),
            intent: Intent::Inventory(InventoryChange::RemoveHost { name: "alpha".into() }),
            opened_by: None,
        })
    };
    let entry = |n: usize| Entry {
        label: format!("Entry {n} {HOSTILE}"),
        keys: "p s".to_owned(),
        choice: Choice::Run(run()),
        disabled: (n % 2 == 1).then(|| "read-only".to_owned()),
    };
    let mut menu = Menu::new("What to do".to_owned(), (0..40).map(entry).collect());
    menu.index = 38;
    let found = |n: usize| palette::Entry {
        label: format!("Force off {n} 日本 {HOSTILE}"),
        note: "action".to_owned(),
        target: Target::Node(NodeId::Fleet),
        disabled: None,
    };
    let mut palette = Palette::new((0..50).map(found).collect());
    palette.input.set("fo4");
    palette.search();
    let field = |n: usize| Field {
        error: n.is_multiple_of(3).then(|| "a host of this name exists".to_owned()),
        ..Field::new(
            "name",
            format!("Label {n}"),
            Control::Text(Input::new(HOSTILE)),
            "Say what it is called.",
        )
    };
    let mut fields: Vec<Field> = (0..12).map(field).collect();
    fields.push(Field::new("note", "Read this. ".repeat(30), Control::Note, ""));
    fields.push(Field::new(
        "secret",
        "Password",
        Control::Secret(Input::new("hunter2")),
        "",
    ));
    fields.push(Field::new("on", "Enabled", Control::Toggle(true), ""));
    fields.push(Field::new(
        "c",
        "Choice",
        Control::Choice {
            options: vec!["one".into(), "two".into()],
            index: 1,
        },
        "",
    ));
    fields.push(Field::new("test", "Test connection", Control::Button, "Connects once."));
    let form = |index| {
        Layer::Form(Form {
            id: FormId(1),
            title: "Add host".to_owned(),
            purpose: Purpose::Host {
                name: None,
                draft: Box::new(HostDraft::default()),
            },
            fields: fields.clone(),
            index,
            offset: 0,
            message: Some((true, format!("does not connect {HOSTILE}"))),
        })
    };
    let command = CommandLine {
        input: Input::new("vm.st"),
        completions: (0..30)
            .map(|n| (format!("vm.start{n}"), "Start the VM".to_owned()))
            .collect(),
        index: Some(12),
        error: Some("'vm.st' is no action".to_owned()),
        recalled: None,
    };
    let viewer = |subject| {
        Layer::Viewer(Viewer {
            title: "Title".to_owned(),
            subject,
            lines: vec![HOSTILE.repeat(20); 50],
            offset: 3,
        })
    };
    vec![
        question(None),
        question(Some("web-1")),
        Layer::Menu(menu),
        Layer::Palette(palette),
        form(0),
        form(13),
        form(16),
        Layer::Command(command),
        viewer(Subject::Help),
        viewer(Subject::Notices),
        viewer(Subject::Text),
    ]
}

fn shown(layer: &Layer, width: u16, height: u16) -> (String, crate::ui::HitMap) {
    let mut desk = Desk::new();
    desk.model.layers = vec![layer.clone()];
    desk.screen(width, height)
}

#[test]
fn what_each_says() {
    let layers = all();
    for (width, height) in [(60, 15), (80, 24), (200, 60)] {
        for (n, wanted) in [
            (
                0,
                &["Force off", "PROD", "web-0 on alpha", "[y/N]", "Enter does nothing"][..],
            ),
            (1, &["PROD", "Type web-1", "> we"]),
            (2, &["Entry 38", "(read-only)"]),
            (3, &["> fo4", "Force off 4"]),
            (
                4,
                &["Add host", "Label 0", "a host of this name exists", "does not connect"],
            ),
            (5, &["Password", "•••••••"]),
            (6, &["[ Test connection ]", "Connects once."]),
            (7, &[":vm.st", "vm.start12", "is no action"]),
            (8, &["Title"]),
            (9, &["refused by beta"]),
            (10, &["Title", "evil\\x1b[2J"]),
        ] {
            let (text, hits) = shown(&layers[n], width, height);
            for wanted in wanted {
                assert!(
                    text.contains(wanted),
                    "no '{wanted}' in {n} at {width}x{height}\n{text}"
                );
            }
            assert!(!text.contains("hunter2"));
            // what lies below a dialog cannot be hit
            assert!(
                (0..height).all(|y| (0..width).all(|x| matches!(hits.hit(x, y), None | Some(Hit::LayerRow(_))))),
                "{n}"
            );
        }
    }
}

#[test]
fn help_names_every_action_and_every_sign() {
    let layers = all();
    let mut desk = Desk::new();
    let mut text = String::new();
    let Layer::Viewer(viewer) = &layers[8] else {
        panic!("the order of the layers changed")
    };
    for offset in (0..400).step_by(40) {
        desk.model.layers = vec![Layer::Viewer(Viewer {
            offset,
            ..viewer.clone()
        })];
        text.push_str(&desk.screen(120, 60).0);
    }
    for spec in crate::app::actions::ACTIONS {
        assert!(text.contains(spec.title), "{}", spec.name);
    }
    for sign in ["●R", "◐P", "○O", "✖X", "◌S", "▲U", "▼D", "◆S"] {
        assert!(text.contains(sign), "{sign}");
    }
}
