// Names on a map are painted on a canvas, which doesn't wait for a font: where this machine has no Chinese font, the one
// that the app serves is fetched before a map asks for it. Two different characters that look the same are two empty boxes.
(() => {
  const pixels = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.font = '24px "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", "SimHei", sans-serif';
    pen.fillText(text, 2, 26);
    return pen.getImageData(0, 0, 32, 32).data.join();
  };
  if (pixels("东") === pixels("京")) {
    document.fonts.load('24px "Atlas Sans SC"', "东").catch(() => {});
  }
})();
