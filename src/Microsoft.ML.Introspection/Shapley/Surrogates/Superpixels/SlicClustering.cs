namespace Microsoft.ML.Introspection.Shapley;

/// <summary>k-means over colours and places of pixels, each centre looking no further than a grid step on every side.</summary>
internal sealed class SlicClustering
{
    private readonly double[] _colours;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;
    private readonly double _step;
    private readonly double _placeWeight;
    private readonly int _dimensions;
    private readonly double[] _centres;
    private readonly long[] _labels;
    private readonly double[] _distances;

    /// <summary>Puts the centres on a grid.</summary>
    /// <param name="colours">Shape [channels, height, width].</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="height">The height.</param>
    /// <param name="width">The width.</param>
    /// <param name="regions">About how many centres.</param>
    /// <param name="compactness">What a grid step weighs against colour.</param>
    public SlicClustering(double[] colours, int channels, int height, int width, int regions, double compactness)
    {
        (_colours, _channels, _height, _width, _dimensions) = (colours, channels, height, width, channels + 2);
        var (rows, columns) = Cells(Math.Min(regions, height * width));
        _step = Math.Max(Math.Sqrt((double)height * width / ((long)rows * columns)), 1);
        _placeWeight = compactness * compactness / (_step * _step);
        _centres = new double[rows * columns * _dimensions];
        for (var c = 0; c < rows * columns; c++)
        {
            var (y, x) = ((c / columns + 0.5) * height / rows - 0.5, (c % columns + 0.5) * width / columns - 0.5);
            Place(c, Flattest((int)Math.Round(y), (int)Math.Round(x)));
        }
        (_labels, _distances) = (new long[height * width], new double[height * width]);
    }

    private int Pixels => _height * _width;

    /// <summary>Moves the centres some times, and names the connected regions.</summary>
    /// <returns>The region of each pixel, from 0, in the order in which they are met.</returns>
    public long[] Run(int iterations, CancellationToken cancellation)
    {
        for (var i = 0; i < iterations; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Assign();
            if (!Move())
                break;
        }
        return Connected();
    }

    // As many rows and columns of cells as make them about square and no more than wanted.
    private (int Rows, int Columns) Cells(int regions)
    {
        var rows = Math.Clamp((int)Math.Round(Math.Sqrt((double)regions * _height / _width)), 1, Math.Min(_height, regions));
        return (rows, Math.Clamp(regions / rows, 1, _width));
    }

    // The pixel of the smallest gradient nearby: a centre should not start on an edge.
    private int Flattest(int y, int x)
    {
        var (best, least) = (y * _width + x, double.PositiveInfinity);
        if (_step < 3)
            return best;
        for (var v = Math.Max(y - 1, 0); v <= Math.Min(y + 1, _height - 1); v++)
        {
            for (var u = Math.Max(x - 1, 0); u <= Math.Min(x + 1, _width - 1); u++)
            {
                var slope = 0.0;
                for (var c = 0; c < _channels; c++)
                {
                    var down = At(c, Math.Min(v + 1, _height - 1), u) - At(c, Math.Max(v - 1, 0), u);
                    var right = At(c, v, Math.Min(u + 1, _width - 1)) - At(c, v, Math.Max(u - 1, 0));
                    slope += down * down + right * right;
                }
                if (slope < least)
                    (best, least) = (v * _width + u, slope);
            }
        }
        return best;
    }

    private double At(int channel, int y, int x) => _colours[channel * Pixels + y * _width + x];

    private void Place(int centre, int pixel)
    {
        for (var c = 0; c < _channels; c++)
            _centres[centre * _dimensions + c] = _colours[c * Pixels + pixel];
        (_centres[centre * _dimensions + _channels], _centres[centre * _dimensions + _channels + 1]) = (pixel / _width, pixel % _width);
    }

    private void Assign()
    {
        Array.Fill(_distances, double.PositiveInfinity);
        for (var start = 0; start < _centres.Length; start += _dimensions)
        {
            var centre = _centres.AsSpan(start, _dimensions);
            var (y, x) = (centre[_channels], centre[_channels + 1]);
            // Twice the step across, and a pixel of grace where cells are no squares.
            var (top, bottom) = (Math.Max((int)(y - 2 * _step), 0), Math.Min((int)Math.Ceiling(y + 2 * _step), _height - 1));
            var (left, right) = (Math.Max((int)(x - 2 * _step), 0), Math.Min((int)Math.Ceiling(x + 2 * _step), _width - 1));
            for (var v = top; v <= bottom; v++)
            {
                for (var u = left; u <= right; u++)
                {
                    var pixel = v * _width + u;
                    var distance = _placeWeight * ((v - y) * (v - y) + (u - x) * (u - x));
                    for (var c = 0; c < _channels; c++)
                    {
                        var away = _colours[c * Pixels + pixel] - centre[c];
                        distance += away * away;
                    }
                    if (distance < _distances[pixel])
                        (_distances[pixel], _labels[pixel]) = (distance, start / _dimensions);
                }
            }
        }
    }

    // To the mean of what they have; whether any went further than a tenth of a pixel.
    private bool Move()
    {
        var (sums, counts) = (new double[_centres.Length], new int[_centres.Length / _dimensions]);
        for (var pixel = 0; pixel < Pixels; pixel++)
        {
            var sum = sums.AsSpan((int)_labels[pixel] * _dimensions, _dimensions);
            for (var c = 0; c < _channels; c++)
                sum[c] += _colours[c * Pixels + pixel];
            sum[_channels] += pixel / _width;
            sum[_channels + 1] += pixel % _width;
            counts[_labels[pixel]]++;
        }
        var furthest = 0.0;
        for (var i = 0; i < sums.Length; i++)
        {
            if (counts[i / _dimensions] == 0)
                continue;
            var mean = sums[i] / counts[i / _dimensions];
            if (i % _dimensions >= _channels)
                furthest = Math.Max(furthest, Math.Abs(mean - _centres[i]));
            _centres[i] = mean;
        }
        return furthest > 0.1;
    }

    // Pieces smaller than a quarter of a region join the neighbour that was met before them.
    private long[] Connected()
    {
        var (regions, smallest) = (new long[Pixels], (int)(_step * _step / 4));
        Array.Fill(regions, -1);
        var (piece, next) = (new List<int>(), 0L);
        for (var first = 0; first < Pixels; first++)
        {
            if (regions[first] >= 0)
                continue;
            var neighbour = first % _width > 0 ? regions[first - 1] : first >= _width ? regions[first - _width] : -1;
            piece.Clear();
            piece.Add(first);
            regions[first] = next;
            for (var i = 0; i < piece.Count; i++)
            {
                var (y, x) = (piece[i] / _width, piece[i] % _width);
                Visit(y > 0, piece[i] - _width);
                Visit(y < _height - 1, piece[i] + _width);
                Visit(x > 0, piece[i] - 1);
                Visit(x < _width - 1, piece[i] + 1);
            }
            if (piece.Count < smallest && neighbour >= 0)
                foreach (var pixel in piece)
                    regions[pixel] = neighbour;
            else
                next++;

            void Visit(bool inside, int pixel)
            {
                if (!inside || regions[pixel] >= 0 || _labels[pixel] != _labels[first])
                    return;
                regions[pixel] = next;
                piece.Add(pixel);
            }
        }
        return regions;
    }
}
