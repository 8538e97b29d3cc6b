/* Integration of a family's states under a voltage of straight pieces, behind a resistor and within a compliance.

   Before this text stand N (states), N_SPACE (N, at least 1), and, written from the family's equations:
   current_law(p, T, x, v, out): I, dI/dv, dI/dx[N];  rates(p, T, x, v, out): f[N], df/dv[N], df/dx[N][N];
   charge_law(p, T, x, v, out): dQ/dv, dQ/dx[N].

   RODAS of order 4(3) with six stages, L-stable (E. Hairer and G. Wanner, Solving Ordinary Differential Equations II,
   2nd ed., 1996, section IV.7), in the form without products by the Jacobian.                                      */

static const double GAMMA = 0.25;
static const double A[6][5] = {
  {0}, {1.544}, {0.9466785280815826, 0.2557011698983284},
  {3.314825187068521, 2.896124015972201, 0.9986419139977817},
  {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950},
  {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0}};
static const double C[6][5] = {
  {0}, {-5.6688}, {-2.430093356833875, -0.2063599157091915},
  {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
  {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160},
  {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054}};
static const double ALPHA[6] = {0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
static const double G[6] = {0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0};

typedef struct { const double *p; double T, R, highest, lowest; } Cell;

/* Voltage u between 0 and top where u + R I(u) - V is 0, or, with a limit, where I(u) is that limit. */
static double root(const Cell *c, const double *x, double V, double limit, int limited, double top)
{
  double low = 0.0, high = top, u = top, out[2 + N_SPACE];
  double way = top > 0 ? 1.0 : -1.0;
  for (int k = 0; k < 200; k++) {
    current_law(c->p, c->T, x, u, out);
    double g, step;
    if (limited) {
      double share = out[0] / limit;
      g = way * (out[0] - limit);
      step = share > 0 ? log(share) * out[0] / out[1] : NAN;
    } else {
      g = way * (u + c->R * out[0] - V);
      step = (u + c->R * out[0] - V) / (1 + c->R * out[1]);
    }
    if (g > 0) high = u; else low = u;
    double next = u - step;
    if (!(fabs(next - 0.5 * (low + high)) <= 0.5 * fabs(high - low))) next = 0.5 * (low + high);
    if (k % 8 == 7) next = 0.5 * (low + high);
    if (fabs(next - u) <= 1e-13 * fabs(top) || low == high) return next;
    u = next;
  }
  return u;
}

/* Voltage on the cell for V at the source, and its slopes by V and by the states. */
static double cell_voltage(const Cell *c, const double *x, double V, double *by_V, double *by_x)
{
  double out[2 + N_SPACE], u = V;
  *by_V = 1.0;
  for (int i = 0; i < N; i++) by_x[i] = 0.0;
  if (V == 0.0) { if (c->R > 0) { current_law(c->p, c->T, x, 0.0, out); *by_V = 1 / (1 + c->R * out[1]); } return 0.0; }
  if (c->R > 0) {
    u = root(c, x, V, 0.0, 0, V);
    current_law(c->p, c->T, x, u, out);
    double d = 1 + c->R * out[1];
    *by_V = 1 / d;
    for (int i = 0; i < N; i++) by_x[i] = -c->R * out[2 + i] / d;
  } else if (!isfinite(c->highest) && !isfinite(c->lowest)) return u;
  else current_law(c->p, c->T, x, u, out);
  double limit = out[0] > c->highest ? c->highest : (out[0] < c->lowest ? c->lowest : 0.0);
  if (limit != 0.0) {
    u = root(c, x, V, limit, 1, u);
    current_law(c->p, c->T, x, u, out);
    *by_V = 0.0;
    for (int i = 0; i < N; i++) by_x[i] = -out[2 + i] / out[1];
  }
  return u;
}

/* Rates at the source's voltage V, and, unless NULL, their Jacobian and slope by V. */
static int total_rates(const Cell *c, const double *x, double V, double *f, double *jac, double *by_V)
{
  double dV, dx[N_SPACE], out[N_SPACE * (2 + N_SPACE)];
  double u = cell_voltage(c, x, V, &dV, dx);
  rates(c->p, c->T, x, u, out);
  for (int i = 0; i < N; i++) {
    f[i] = out[i];
    if (!isfinite(f[i])) return 0;
    if (!jac) continue;
    by_V[i] = out[N + i] * dV;
    for (int j = 0; j < N; j++) {
      jac[i * N + j] = out[2 * N + i * N + j] + out[N + i] * dx[j];
      if (!isfinite(jac[i * N + j])) return 0;
    }
  }
  return 1;
}

/* LU without pivots lost: partial pivoting, in place. */
static int decompose(double *m, int *pivot)
{
  for (int k = 0; k < N; k++) {
    int best = k;
    for (int i = k + 1; i < N; i++) if (fabs(m[i * N + k]) > fabs(m[best * N + k])) best = i;
    pivot[k] = best;
    if (m[best * N + k] == 0.0) return 0;
    if (best != k) for (int j = 0; j < N; j++) {
      double t = m[k * N + j]; m[k * N + j] = m[best * N + j]; m[best * N + j] = t;
    }
    for (int i = k + 1; i < N; i++) {
      double t = m[i * N + k] /= m[k * N + k];
      for (int j = k + 1; j < N; j++) m[i * N + j] -= t * m[k * N + j];
    }
  }
  return 1;
}

static void solve(const double *m, const int *pivot, double *b)
{
  for (int k = 0; k < N; k++) {
    double t = b[pivot[k]]; b[pivot[k]] = b[k]; b[k] = t;
    for (int i = k + 1; i < N; i++) b[i] -= m[i * N + k] * b[k];
  }
  for (int i = N - 1; i >= 0; i--) {
    for (int j = i + 1; j < N; j++) b[i] -= m[i * N + j] * b[j];
    b[i] /= m[i * N + i];
  }
}

/* One step of length h from x at the voltage V with the slope ramp [V/s]: y and the size of its error. */
static double one_step(const Cell *c, const double *x, double V, double ramp, double h, const double *f0,
                       const double *jac, const double *by_V, double *y, const double *scale, double rtol)
{
  double k[6][N_SPACE], lu[N_SPACE * N_SPACE], f[N_SPACE], at[N_SPACE];
  int pivot[N_SPACE];
  for (int i = 0; i < N * N; i++) lu[i] = -jac[i];
  for (int i = 0; i < N; i++) lu[i * N + i] += 1 / (h * GAMMA);
  if (!decompose(lu, pivot)) return INFINITY;
  for (int s = 0; s < 6; s++) {
    for (int i = 0; i < N; i++) {
      at[i] = x[i];
      for (int j = 0; j < s; j++) at[i] += A[s][j] * k[j][i];
    }
    if (s == 0) memcpy(f, f0, N * sizeof(double));
    else if (!total_rates(c, at, V + ALPHA[s] * h * ramp, f, NULL, NULL)) return INFINITY;
    for (int i = 0; i < N; i++) {
      k[s][i] = f[i] + h * G[s] * by_V[i] * ramp;
      for (int j = 0; j < s; j++) k[s][i] += C[s][j] / h * k[j][i];
    }
    solve(lu, pivot, k[s]);
  }
  double worst = 0.0;
  for (int i = 0; i < N; i++) {
    y[i] = at[i] + k[5][i];
    double size = scale[i] + fmax(fabs(x[i]), fabs(y[i]));
    double error = fabs(k[5][i]) / (rtol * size);
    if (!isfinite(error)) return INFINITY;
    worst = fmax(worst, error);
  }
  return worst;
}

/* Returns n, or the sample behind which the steps became too small or too many.
   h: n - 1 times [s] between voltages v, n; x: N at the first; X: n * N, I, U and J: n. J: displacement current.   */
long simulate(long n, const double *h, const double *v, const double *p, double T, double R, double lowest,
              double highest, double rtol, long most, const double *scale, const double *first, double *X,
              double *I, double *U, double *J)
{
  Cell cell = {p, T, R, highest, lowest};
  double x[N_SPACE] = {0}, y[N_SPACE], f[N_SPACE] = {0}, jac[N_SPACE * N_SPACE], by_V[N_SPACE];
  double out[2 + N_SPACE], dV, dx[N_SPACE], last = 0.0;
  memcpy(x, first, N * sizeof(double));
  for (long k = 0; k < n; k++) {
    double ramp = k ? (v[k] - v[k - 1]) / h[k - 1] : 0.0, left = k ? h[k - 1] : 0.0, V = k ? v[k - 1] : v[0];
    long steps = 0;
    while (N && left > 0) {
      if (!total_rates(&cell, x, V, f, jac, by_V)) return k;
      double step = last > 0 && last < left ? last : left;
      for (;;) {
        if (++steps > most) return k;
        double error = one_step(&cell, x, V, ramp, step, f, jac, by_V, y, scale, rtol);
        double factor = error > 0 ? 0.9 * pow(error, -0.25) : 6.0;
        factor = factor > 6.0 ? 6.0 : (factor > 0.1 ? factor : 0.1);
        if (error <= 1.0) {
          memcpy(x, y, N * sizeof(double));
          last = step * factor;
          if (step >= left * (1 - 1e-12)) { left = 0; V = v[k]; }
          else { left -= step; V = v[k] - ramp * left; }
          break;
        }
        step *= factor;
        if (!(step > 1e-15 * h[k - 1])) return k;
      }
    }
    U[k] = cell_voltage(&cell, x, v[k], &dV, dx);
    current_law(p, T, x, U[k], out);
    I[k] = out[0];
    memcpy(X + k * N, x, N * sizeof(double));
    total_rates(&cell, x, v[k], f, NULL, NULL);
    charge_law(p, T, x, U[k], out);
    J[k] = out[0] * ramp;
    for (int i = 0; i < N; i++) J[k] += out[1 + i] * f[i];
  }
  return n;
}
