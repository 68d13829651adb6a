// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Data;

/// <summary>A 128-bit identity of a row, stable over every cursor of one data view.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public override string ToString() => $"{High:x16}{Low:x16}";

    public int CompareTo(DataViewRowId other) => (High, Low).CompareTo((other.High, other.Low));

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    public DataViewRowId Fork() => Mix(0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);

    public DataViewRowId Next() => Mix(1, 0);

    public DataViewRowId Combine(DataViewRowId other) => Mix(other.Low ^ 0x165667b19e3779f9, other.High);

    // Any well-mixing function serves: callers may rely on identities being distinct, not on their values.
    private DataViewRowId Mix(ulong low, ulong high)
    {
        var a = Scramble(Low + low);
        var b = Scramble(High + high + a);
        return new DataViewRowId(a ^ ulong.RotateLeft(b, 31), b);
    }

    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
