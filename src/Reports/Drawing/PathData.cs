using System.Text;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The data of a path in few characters: tenths of a pixel, without needless zeros and spaces.</summary>
internal sealed class PathData
{
    private readonly StringBuilder _data = new();
    private (int X, int Y) _at;
    private (int X, int Y) _start;

    /// <summary>Starts anew somewhere.</summary>
    public PathData Move(double x, double y)
    {
        Step(_data.Length == 0 ? 'M' : 'm', x, y);
        _start = _at;
        return this;
    }

    /// <summary>A straight line.</summary>
    public PathData Line(double x, double y) => Step('l', x, y);

    /// <summary>A point that a round pen makes a dot of.</summary>
    public PathData Dot(double x, double y)
    {
        Move(x, y);
        _data.Append("h0");
        return this;
    }

    /// <summary>Back to the beginning.</summary>
    public PathData Close()
    {
        _data.Append('z');
        _at = _start;
        return this;
    }

    public override string ToString() => _data.ToString();

    private PathData Step(char command, double x, double y)
    {
        var to = ((int)Math.Round(10 * x), (int)Math.Round(10 * y));
        var (dx, dy) = command == 'M' ? to : (to.Item1 - _at.X, to.Item2 - _at.Y);
        _data.Append(command);
        Append(dx);
        if (dy >= 0)
            _data.Append(' ');
        Append(dy);
        _at = to;
        return this;
    }

    private void Append(int tenths)
    {
        var size = Math.Abs(tenths);
        if (tenths < 0)
            _data.Append('-');
        if (size >= 10 || size == 0)
            _data.Append(size / 10);
        if (size % 10 != 0)
            _data.Append('.').Append((char)('0' + size % 10));
    }
}
