// Three sounds, made here: right, wrong, finished. The event `signal` names one; a tablet shakes to it as well. They can
// be muted in the profile: they never stand alone, the page always says the same in words.

const SOUNDS = { // [hertz, from, for how long] in seconds
  right: { wave: "sine", notes: [[1320, 0, 0.09]] },
  wrong: { wave: "square", notes: [[196, 0, 0.22], [147, 0.26, 0.4]] },
  finished: { wave: "sine", notes: [[880, 0, 0.1], [1109, 0.11, 0.1], [1319, 0.22, 0.22]] },
};
const SHAKES = { right: [40], wrong: [200, 80, 200, 80, 300], finished: [40, 60, 120] };
const LOUD = 0.25;
let audio = null;

function play({ wave, notes }) {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  for (const [hertz, from, length] of notes) {
    const [tone, gain] = [audio.createOscillator(), audio.createGain()];
    const [start, end] = [audio.currentTime + from, audio.currentTime + from + length];
    tone.type = wave;
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(LOUD, start);
    gain.gain.exponentialRampToValueAtTime(0.001, end); // without it every note ends in a crack
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(end);
  }
}

document.addEventListener("signal", ({ detail }) => {
  if (!SOUNDS[detail]) return;
  navigator.vibrate?.(SHAKES[detail]);
  if (document.body.dataset.sounds !== "off") play(SOUNDS[detail]);
});

// A region that was swapped in says what just happened: the sound of it.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const told = detail.elt.matches?.("[data-signal]") ? detail.elt : detail.elt.querySelector?.("[data-signal]");
  if (told) document.dispatchEvent(new CustomEvent("signal", { detail: told.dataset.signal }));
});
