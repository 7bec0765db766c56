// Where the picture lies on the screen. Image coordinates: (0, 0) is the middle of the top left pixel.

const MOST = 64; // screen px for one image px
const MARGIN_PX = 60; // of the picture always stay in sight

export class View {
  constructor() {
    this.scale = 1;
    this.x = 0; // screen place of the outer corner of the top left pixel
    this.y = 0;
    this.fitted = true;
  }

  toScreen(x, y) {
    return [(x + 0.5) * this.scale + this.x, (y + 0.5) * this.scale + this.y];
  }

  toImage(x, y) {
    return [(x - this.x) / this.scale - 0.5, (y - this.y) / this.scale - 0.5];
  }

  fit(picture, stage) {
    this.scale = Math.min(stage.width / picture.width, stage.height / picture.height);
    this.x = (stage.width - picture.width * this.scale) / 2;
    this.y = (stage.height - picture.height * this.scale) / 2;
    this.fitted = true;
  }

  zoomAt(x, y, factor, picture, stage) {
    const least = 0.5 * Math.min(stage.width / picture.width, stage.height / picture.height);
    const scale = Math.min(MOST, Math.max(least, this.scale * factor));
    this.x = x - ((x - this.x) / this.scale) * scale;
    this.y = y - ((y - this.y) / this.scale) * scale;
    this.scale = scale;
    this.move(0, 0, picture, stage);
  }

  move(dx, dy, picture, stage) {
    const within = (v, length, room) => Math.min(room - MARGIN_PX, Math.max(MARGIN_PX - length, v));
    this.x = within(this.x + dx, picture.width * this.scale, stage.width);
    this.y = within(this.y + dy, picture.height * this.scale, stage.height);
    this.fitted = false;
  }
}
