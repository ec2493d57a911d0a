// How loud a microphone's stream is, from 0 to 1.

const QUIET_DB = -60;

/** Root mean square of samples from -1 to 1, on a scale of decibels from QUIET_DB to full scale. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(samples.length, 1));
  const db = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.min(Math.max((db - QUIET_DB) / -QUIET_DB, 0), 1);
}

/** Tells the level some times a second until the returned function is called. The stream stays the caller's. */
export function watchLevel(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(level(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
