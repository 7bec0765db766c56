// Other windows of this browser on the same labels: told when a second one opens, kept the same afterwards.
// Windows of other browsers are noticed by the version of the file, when something is stored.

export class Tabs {
  // tell: { other(), saved() }
  constructor(key, tell) {
    this.channel = new BroadcastChannel(`kinelab:${key}`);
    this.channel.addEventListener("message", ({ data }) => {
      if (data === "hello") this.channel.postMessage("here");
      if (data === "here") tell.other();
      if (data === "saved") tell.saved();
    });
    this.channel.postMessage("hello");
  }

  saved() {
    this.channel.postMessage("saved");
  }
}
