/* color.c - what colours look like to people. */
#include "tui/color.h"

#include <math.h>

#define PI 3.14159265358979323846

const char *
color_sight_name(enum sight sight)
{
	static const char *const names[SIGHT_COUNT] = {
		"normal sight", "protan", "deutan", "tritan"};

	return names[sight];
}

unsigned
color_of_256(int index)
{
	static const unsigned own[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00,
		0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
		0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
	static const unsigned level[6] = {0, 95, 135, 175, 215, 255};
	unsigned n = (unsigned)index & 255, grey;

	if (n < 16)
		return own[n];
	if (n >= 232) {
		grey = 8 + 10 * (n - 232);
		return grey << 16 | grey << 8 | grey;
	}
	n -= 16;
	return level[n / 36] << 16 | level[n / 6 % 6] << 8 | level[n % 6];
}

static int
cube_step(unsigned v)
{
	return v < 48 ? 0 : v < 115 ? 1 : (int)((v - 35) / 40);
}

static unsigned
square(unsigned rgb, unsigned r, unsigned g, unsigned b)
{
	int dr = (int)(rgb >> 16 & 255) - (int)r;
	int dg = (int)(rgb >> 8 & 255) - (int)g;
	int db = (int)(rgb & 255) - (int)b;

	return (unsigned)(dr * dr + dg * dg + db * db);
}

int
color_nearest(unsigned rgb)
{
	static const unsigned level[6] = {0, 95, 135, 175, 215, 255};
	int r = cube_step(rgb >> 16 & 255), g = cube_step(rgb >> 8 & 255);
	int b = cube_step(rgb & 255);
	unsigned mean =
		((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
	int grey = mean < 3 ? 0 : mean > 238 ? 23 : (int)(mean - 3) / 10;
	unsigned ramp = 8 + 10 * (unsigned)grey;

	if (square(rgb, ramp, ramp, ramp) <
		square(rgb, level[r], level[g], level[b]))
		return 232 + grey;
	return 16 + 36 * r + 6 * g + b;
}

/* One channel without the sRGB curve, 0 to 1. */
static double
linear(unsigned value)
{
	double v = (double)value / 255.0;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static void
to_linear(unsigned rgb, double out[3])
{
	out[0] = linear(rgb >> 16 & 255);
	out[1] = linear(rgb >> 8 & 255);
	out[2] = linear(rgb & 255);
}

static unsigned
from_linear(double v)
{
	double s;

	v = v < 0 ? 0 : v > 1 ? 1 : v;
	s = v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
	return (unsigned)(s * 255.0 + 0.5);
}

static double
luminance(unsigned rgb)
{
	double c[3];

	to_linear(rgb, c);
	return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

double
color_contrast(unsigned a, unsigned b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

unsigned
color_as_seen(unsigned rgb, enum sight sight)
{
	static const double seen[SIGHT_COUNT][3][3] = {
		[SIGHT_NORMAL] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		[SIGHT_PROTAN] = {{0.152286, 1.052583, -0.204868},
			{0.114503, 0.786281, 0.099216},
			{-0.003882, -0.048116, 1.051998}},
		[SIGHT_DEUTAN] = {{0.367322, 0.860646, -0.227968},
			{0.280085, 0.672501, 0.047413},
			{-0.011820, 0.042940, 0.968881}},
		[SIGHT_TRITAN] = {{1.255528, -0.076749, -0.178779},
			{-0.078411, 0.930809, 0.147602},
			{0.004733, 0.691367, 0.303900}},
	};
	double c[3];
	unsigned out = 0;
	int i;

	to_linear(rgb, c);
	for (i = 0; i < 3; i++) {
		const double *m = seen[sight][i];

		out = out << 8 |
		      from_linear(m[0] * c[0] + m[1] * c[1] + m[2] * c[2]);
	}
	return out;
}

/* --- CIEDE2000 --- */

static double
lab_curve(double t)
{
	return t > 216.0 / 24389.0 ? cbrt(t) : (24389.0 / 27.0 * t + 16) / 116;
}

/* CIE 1976 L*a*b* of an sRGB colour, white D65. */
static void
to_lab(unsigned rgb, double lab[3])
{
	double c[3], x, y, z;

	to_linear(rgb, c);
	x = 0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2];
	y = 0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2];
	z = 0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2];
	x = lab_curve(x / 0.95047);
	y = lab_curve(y);
	z = lab_curve(z / 1.08883);
	lab[0] = 116 * y - 16;
	lab[1] = 500 * (x - y);
	lab[2] = 200 * (y - z);
}

static double
hue(double b, double a)
{
	double h = a == 0 && b == 0 ? 0 : atan2(b, a);

	return h < 0 ? h + 2 * PI : h;
}

static double
mean_hue(double h1, double h2, double c1, double c2)
{
	if (c1 * c2 == 0)
		return h1 + h2;
	if (fabs(h1 - h2) <= PI)
		return (h1 + h2) / 2;
	return h1 + h2 < 2 * PI ? (h1 + h2) / 2 + PI : (h1 + h2) / 2 - PI;
}

static double
hue_step(double h1, double h2, double c1, double c2)
{
	double d = h2 - h1;

	if (c1 * c2 == 0)
		return 0;
	return d > PI ? d - 2 * PI : d < -PI ? d + 2 * PI : d;
}

/* What grows towards 1 with the seventh power of chroma. */
static double
seventh(double c)
{
	double p = pow(c, 7);

	return sqrt(p / (p + pow(25, 7)));
}

/* Steps in lightness, chroma and hue, weighted (equations 15 to 22). */
static double
weighted(double dl, double dc, double dh, double l, double c, double h)
{
	double t = 1 - 0.17 * cos(h - PI / 6) + 0.24 * cos(2 * h) +
		   0.32 * cos(3 * h + PI / 30) -
		   0.20 * cos(4 * h - 63 * PI / 180);
	double turn = (h * 180 / PI - 275) / 25;
	double sl = 1 + 0.015 * (l - 50) * (l - 50) /
				sqrt(20 + (l - 50) * (l - 50));
	double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
	double rt = -sin(2 * (PI / 6) * exp(-turn * turn)) * 2 * seventh(c);

	return sqrt(dl / sl * (dl / sl) + dc / sc * (dc / sc) +
		    dh / sh * (dh / sh) + rt * (dc / sc) * (dh / sh));
}

double
color_distance(unsigned a, unsigned b)
{
	double p[3], q[3], g, a1, a2, c1, c2, h1, h2, step;

	to_lab(a, p);
	to_lab(b, q);
	g = 0.5 * (1 - seventh((hypot(p[1], p[2]) + hypot(q[1], q[2])) / 2));
	a1 = p[1] * (1 + g);
	a2 = q[1] * (1 + g);
	c1 = hypot(a1, p[2]);
	c2 = hypot(a2, q[2]);
	h1 = hue(p[2], a1);
	h2 = hue(q[2], a2);
	step = 2 * sqrt(c1 * c2) * sin(hue_step(h1, h2, c1, c2) / 2);
	return weighted(q[0] - p[0], c2 - c1, step, (p[0] + q[0]) / 2,
		(c1 + c2) / 2, mean_hue(h1, h2, c1, c2));
}
