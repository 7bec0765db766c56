// Recordings from the drop zone to the API: one after the other, streamed, with a bar each.

import { csrf } from "/static/clinic.js";

/** Send one file; resolves with the server's answer, rejects with the problem in words. */
function send(visit, file, onShare) {
  return new Promise((resolve, reject) => {
    // XMLHttpRequest tells how far an upload is; fetch does not.
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/visits/${visit}/uploads?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onShare(event.loaded / Math.max(event.total, 1)));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Error(request.response?.problem ?? `the server answered ${request.status}`));
    });
    request.addEventListener("error", () => reject(new Error("the connection broke off; send the file again")));
    request.send(file);
  });
}

function line(list, name) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const said = document.createElement("span");
  label.className = "kv-name";
  label.textContent = name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `upload of ${name}`);
  said.className = "kv-word";
  item.append(label, bar, said);
  list.append(item);
  return {
    share(value) {
      bar.value = value;
      said.textContent = value < 1 ? `${Math.round(100 * value)} %` : "is being looked at";
    },
    done(word, bad) {
      bar.remove();
      said.textContent = word;
      item.dataset.kind = bad ? "bad" : "good";
    },
  };
}

async function sendAll(zone, files) {
  const list = zone.querySelector("#kv-sent");
  const lines = [...files].map((file) => [file, line(list, file.name)]);
  for (const [file, shown] of lines) {
    try {
      await send(zone.dataset.visit, file, shown.share);
      shown.done("handed in", false);
    } catch (error) {
      shown.done(error.message, true);
    }
    window.emitEvent?.("kv-uploaded");
  }
}

function arm(zone) {
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.multiple = true;
  chooser.hidden = true;
  chooser.id = "kv-files";
  zone.append(chooser);
  chooser.addEventListener("change", () => {
    const files = [...chooser.files];
    chooser.value = "";
    sendAll(zone, files);
  });
  const button = zone.querySelector("#kv-choose");
  button.textContent = "Choose files";
  button.addEventListener("click", () => chooser.click());
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.over = "yes";
  });
  zone.addEventListener("dragleave", () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    sendAll(zone, event.dataTransfer.files);
  });
}

// The page's elements come after this script; it waits for the zone once.
const armed = new MutationObserver(() => {
  const zone = document.getElementById("kv-drop");
  if (!zone) return;
  armed.disconnect();
  arm(zone);
});
armed.observe(document.body, { childList: true, subtree: true });
