/* One implicit stage of many cells of a family, each with parameters, states and a temperature of its own.

   x = base + h f(x, v) by Newton's method with halved steps; with h = 0 the states stay. I: conducted and displacement
   current, S: its slope by v with the states following. A cell without a solution gets I = nan.
   p: n * P; base, scale, X: n * N (X: guess, then result); T, v, past, I, S: n. past: v where base is.               */
void stage(long n, long P, const double *p, const double *T, double h, const double *base, const double *scale,
           const double *v, const double *past, double *X, double *I, double *S)
{
  double out[N_SPACE * (2 + N_SPACE)], law[2 + N_SPACE], charge[1 + N_SPACE], lu[N_SPACE * N_SPACE];
  double x[N_SPACE], y[N_SPACE], step[N_SPACE], follow[N_SPACE], rest[N_SPACE];
  int pivot[N_SPACE];
  for (long c = 0; c < n; c++) {
    const double *own = p + c * P, *from = base + c * N, *size = scale + c * N;
    int good = 1;
    for (int i = 0; i < N; i++) { x[i] = h > 0 ? X[c * N + i] : from[i]; follow[i] = 0.0; }
    if (h > 0 && N) {
      double norm = INFINITY, length = 1.0;
      int settled = 0;
      good = 0;
      for (int k = 0; k < 80; k++) {
        rates(own, T[c], x, v[c], out);
        double found = 0.0;
        for (int i = 0; i < N; i++) {
          rest[i] = x[i] - from[i] - h * out[i];
          found = fmax(found, fabs(rest[i]) / (size[i] + fabs(x[i])));
        }
        if (!(found < norm) && k) { /* too far: back by half of the step */
          if (settled) { good = 1; break; }
          length *= 0.5;
          if (length < 1e-9) break;
          for (int i = 0; i < N; i++) x[i] = y[i] - length * step[i];
          continue;
        }
        norm = found;
        for (int i = 0; i < N; i++) {
          for (int j = 0; j < N; j++) lu[i * N + j] = (i == j) - h * out[2 * N + i * N + j];
          step[i] = rest[i];
          follow[i] = h * out[N + i];
        }
        if (!decompose(lu, pivot)) break;
        solve(lu, pivot, step);
        solve(lu, pivot, follow);
        if (settled || norm <= 1e-15) { good = 1; break; }
        double moved = 0.0;
        for (int i = 0; i < N; i++) {
          y[i] = x[i];
          moved = fmax(moved, fabs(step[i]) / (size[i] + fabs(x[i])));
          x[i] -= step[i];
        }
        length = 1.0;
        settled = moved <= 1e-11;
      }
    }
    current_law(own, T[c], x, v[c], law);
    I[c] = law[0];
    S[c] = law[1];
    for (int i = 0; i < N; i++) S[c] += law[2 + i] * follow[i];
    if (h > 0) {
      charge_law(own, T[c], x, v[c], charge);
      I[c] += charge[0] * (v[c] - past[c]) / h;
      S[c] += charge[0] / h;
      for (int i = 0; i < N; i++) {
        I[c] += charge[1 + i] * (x[i] - from[i]) / h;
        S[c] += charge[1 + i] * follow[i] / h;
      }
    }
    for (int i = 0; i < N; i++) { X[c * N + i] = x[i]; good = good && isfinite(x[i]); }
    if (!good || !isfinite(I[c])) { I[c] = NAN; for (int i = 0; i < N; i++) X[c * N + i] = from[i]; }
  }
}
