"""Records the messages that ipywidgets 8 sends for a list of actions, as JSON on standard output.

../../fixtures/ipywidgets-8.json is what it wrote with ipywidgets 8.1.9; run it again after a new version of the protocol:

    python3 record_ipywidgets.py > ../../fixtures/ipywidgets-8.json

An identifier becomes the number of the model that it names, in the order of their opening; bytes become lists of numbers.
"""
import json
import re

import comm

messages, names, receivers = [], {}, {}


def plain(value):
    if isinstance(value, (bytes, memoryview)):
        return list(bytes(value))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"IPY_MODEL_(\w+)", lambda found: f"IPY_MODEL_{names[found[1]]}", value)
    return value


class Recorder(comm.base_comm.BaseComm):
    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_open":
            names[self.comm_id] = len(names)
            receivers[names[self.comm_id]] = self
        messages.append({
            "type": msg_type,
            "model": names[self.comm_id],
            **({"target": keys["target_name"]} if "target_name" in keys else {}),
            "data": plain(data or {}),
            "metadata": plain(metadata or {}),
            "buffers": plain(buffers or []),
        })


comm.create_comm = Recorder
import ipywidgets as widgets  # noqa: E402  after the recorder stands

actions = []


def action(name, call):
    messages.clear()
    value = call()
    actions.append({"action": name, "messages": json.loads(json.dumps(messages))})
    return value


def receive(widget, data, buffers=()):
    widget._handle_msg({"content": {"data": data}, "buffers": [memoryview(one) for one in buffers]})


def update(widget, state, paths=(), buffers=()):
    receive(widget, {"method": "update", "state": state, "buffer_paths": list(paths)}, buffers)


abc = ["a", "b", "c"]
slider = action("open IntSlider", lambda: widgets.IntSlider(value=3, min=0, max=10, description="k"))
action("set value", lambda: setattr(slider, "value", 7))
action("front end sets value", lambda: update(slider, {"value": 9}))
action("front end sets too large a value", lambda: update(slider, {"value": 99}))
action("front end asks for the state", lambda: receive(slider, {"method": "request_state"}))
action("set a style", lambda: setattr(slider.style, "description_width", "80px"))
simple = {
    "FloatSlider": {"value": 0.5, "min": 0.0, "max": 1.0, "step": 0.1},
    "IntRangeSlider": {"value": (2, 5), "min": 0, "max": 10},
    "FloatRangeSlider": {"value": (0.25, 0.5), "min": 0.0, "max": 1.0},
    "Checkbox": {"value": True, "description": "flip"},
    "ToggleButtons": {"options": abc, "value": "b"},
    "Dropdown": {"options": abc, "value": "c"},
    "SelectMultiple": {"options": abc, "value": ["a", "c"]},
    "Text": {"value": "words"},
    "Button": {"description": "Go"},
    "Play": {"value": 0, "max": 10},
    "ColorPicker": {"value": "#0072b2"},
    "IntProgress": {"value": 4, "max": 10},
    "FloatProgress": {"value": 0.25, "max": 1.0},
    "Output": {},
    "HTML": {"value": "<b>x</b>"},
    "Image": {"value": bytes([1, 2, 3]), "format": "png"},
    "FileUpload": {"accept": "image/*"},
}
made = {name: action(f"open {name}", lambda: getattr(widgets, name)(**keys)) for name, keys in simple.items()}
action("front end chooses of Dropdown", lambda: update(made["Dropdown"], {"index": 0}))
action("set Dropdown", lambda: setattr(made["Dropdown"], "value", "b"))
action("front end chooses of SelectMultiple", lambda: update(made["SelectMultiple"], {"index": [1]}))
action("set a picture", lambda: setattr(made["Image"], "value", bytes([4, 5])))
clicks = []
made["Button"].on_click(clicks.append)
action("front end clicks Button", lambda: receive(made["Button"], {"method": "custom", "content": {"event": "click"}}))
assert len(clicks) == 1
upload = {"name": "a.png", "type": "image/png", "size": 2, "last_modified": 1000}
action("front end uploads", lambda: update(made["FileUpload"], {"value": [upload]}, [["value", 0, "content"]], [b"\x07\x08"]))
children = [made["Checkbox"], made["Text"]]
for name in ["HBox", "VBox", "GridBox"]:
    action(f"open {name}", lambda: getattr(widgets, name)(children))
tabs = action("open Tab", lambda: widgets.Tab(children, titles=["one", "two"]))
action("front end chooses a tab", lambda: update(tabs, {"selected_index": 1}))
action("open Accordion", lambda: widgets.Accordion(children, titles=["one", "two"]))
action("link in the front end", lambda: widgets.jslink((slider, "value"), (made["Play"], "value")))
action("link one way in the front end", lambda: widgets.jsdlink((made["Play"], "value"), (slider, "value")))
action("close", lambda: slider.close())

# A layout says nothing of its own: one of them is enough.
layouts = [m for a in actions for m in a["messages"] if m["data"].get("state", {}).get("_model_name") == "LayoutModel"]
for layout in layouts[1:]:
    assert layout["data"] == layouts[0]["data"] or "_model_name" not in layout["data"]["state"]
for layout in layouts[1:]:
    layout["data"] = "as the first layout"
print("[" + ",\n".join(json.dumps(one) for one in actions) + "]")
