using K4os.Compression.LZ4;
using Parquet.Meta;
using ZstdSharp;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// What stands before the pages of a column, looked at before its reader believes it: sizes lie within the file, counts fit, packed pages
/// are as large as they say, and all pages together hold as many values as there are rows.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="end">Where its description begins.</param>
internal sealed class ParquetPages(FileStream file, long end)
{
    private const int ShortHeader = 1 << 13, LongestHeader = 1 << 24, PackedAtMost = 1 << 10;
    private const long LeastBound = 1L << 28, MostBound = 1L << 30;

    private readonly long _largest = Math.Clamp(file.Length * PackedAtMost, LeastBound, MostBound);
    private readonly long[] _page = new long[9], _data = new long[9], _dictionary = new long[9], _data2 = new long[9];
    private byte[] _header = new byte[ShortHeader];

    /// <summary>Goes over the pages of a column.</summary>
    /// <param name="chunk">What describes them.</param>
    /// <param name="element">The column.</param>
    /// <param name="rows">How many values are expected, those counted that are missing.</param>
    /// <returns>Where they end, and how many values they have room for where all stand as they are; else null.</returns>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public (long End, long? Room) Check(ColumnMetaData chunk, SchemaElement element, long rows)
    {
        if (chunk.NumValues != rows)
            throw Damaged($"it has {chunk.NumValues:N0} values, and there are {rows:N0} rows");
        if (element.Type == Parquet.Meta.Type.FIXED_LEN_BYTE_ARRAY && element.TypeLength is not (> 0 and <= 1 << 20))
            throw Damaged($"its values have {element.TypeLength} bytes each");
        // As the reader begins.
        var at = new[] { chunk.DictionaryPageOffset ?? 0, chunk.DataPageOffset, chunk.IndexPageOffset ?? 0 }.Where(o => o != 0).Order()
            .FirstOrDefault(-1);
        var (values, room, isPlain, page) = (0L, 0L, true, 0);
        while (values < rows)
        {
            page++;
            var data = at + Header(at, page);
            var (packed, unpacked) = (_page[3], _page[2]);
            if (packed < 0 || packed > end - data)
                throw Damaged($"page {page} has {packed:N0} bytes, and goes on behind the end");
            if (unpacked < 0 || unpacked > _largest)
                throw Damaged($"page {page} would need {unpacked:N0} bytes unpacked; at most {_largest:N0} are read at once");
            var (count, levels, isPacked) = Counts(page, rows - values);
            CheckPacking(chunk.Codec, data + levels, (int)(packed - levels), (int)(unpacked - levels), page, isPacked);
            var size = SizeOf(element);
            if ((PageType)_page[1] == PageType.DICTIONARY_PAGE)
            {
                if (size * count > 8 * unpacked)
                    throw Damaged($"page {page} has {unpacked:N0} bytes and {count:N0} values");
            }
            else
            {
                var encoding = (Encoding)((PageType)_page[1] == PageType.DATA_PAGE ? _data[2] : _data2[4]);
                var missing = (PageType)_page[1] == PageType.DATA_PAGE ? 0 : _data2[2];
                isPlain &= encoding == Encoding.PLAIN;
                var here = 8 * (unpacked - levels) / size;
                var isKnown = element.RepetitionType == FieldRepetitionType.REQUIRED || (PageType)_page[1] == PageType.DATA_PAGE_V2;
                if (encoding == Encoding.PLAIN && isKnown && here < count - missing)
                    throw Damaged($"page {page} has {unpacked:N0} bytes and {count - missing:N0} values");
                values += count;
                room += here;
            }
            at = data + packed;
        }
        return (at, isPlain ? room : null);
    }

    private int Header(long at, int page)
    {
        if (at <= 0 || at >= end)
            throw Damaged($"page {page} would stand at byte {at:N0}, outside the file");
        while (true)
        {
            var length = (int)Math.Min(_header.Length, end - at);
            RandomAccess.Read(file.SafeFileHandle, _header.AsSpan(0, length), at);
            foreach (var numbers in (long[][])[_page, _data, _dictionary, _data2])
                Array.Clear(numbers);
            // Packed, where nothing is said.
            _data2[7] = 1;
            try
            {
                return ThriftBounds.Check(_header.AsSpan(0, length), ParquetShapes.Page, (shape, number, value) =>
                {
                    var numbers = shape == ParquetShapes.Page ? _page : shape == ParquetShapes.DataPage ? _data
                        : shape == ParquetShapes.DictionaryPage ? _dictionary : shape == ParquetShapes.DataPage2 ? _data2 : null;
                    if (numbers is not null)
                        numbers[number] = number == 0 ? 1 : value;
                });
            }
            // Statistics may hold long texts.
            catch (EndOfStreamException) when (length == _header.Length && length < LongestHeader)
            {
                _header = new byte[8 * length];
            }
            catch (EndOfStreamException e)
            {
                throw new InvalidDataException($"page {page}: {e.Message}", e);
            }
        }
    }

    // How many values a page has, how many bytes stand unpacked before those of the values, and whether these are packed.
    private (long Count, long Levels, bool IsPacked) Counts(int page, long left)
    {
        var kind = (PageType)_page[1];
        var own = kind switch
        {
            PageType.DATA_PAGE => _data,
            PageType.DATA_PAGE_V2 => _data2,
            PageType.DICTIONARY_PAGE when page == 1 => _dictionary,
            _ => throw Damaged($"page {page} is of the kind {kind}"),
        };
        var count = own[1];
        if (own[0] == 0 || count < 0 || kind != PageType.DICTIONARY_PAGE && count > left)
            throw Damaged($"page {page} has {count:N0} values; {left:N0} were left");
        if (kind != PageType.DATA_PAGE_V2)
            return (count, 0, true);
        var (nulls, definitions, repetitions) = (own[2], own[5], own[6]);
        if (nulls < 0 || nulls > count)
            throw Damaged($"page {page} has {count:N0} values, of which {nulls:N0} would be missing");
        if (definitions < 0 || repetitions != 0 || definitions > Math.Min(_page[2], _page[3]))
            throw Damaged($"page {page} would have levels of {definitions:N0} and {repetitions:N0} bytes");
        return (count, definitions, own[7] != 0);
    }

    // What unpacks pages takes what they say for granted; where less comes out, what memory held before would be read for values.
    private void CheckPacking(CompressionCodec codec, long at, int packed, int unpacked, int page, bool isPacked)
    {
        if (!isPacked || codec == CompressionCodec.UNCOMPRESSED)
        {
            if (packed != unpacked)
                throw Damaged($"page {page} is not packed, and has {packed:N0} bytes instead of {unpacked:N0}");
            return;
        }
        switch (codec)
        {
            case CompressionCodec.SNAPPY:
                var (length, first) = (0UL, Bytes(at, Math.Min(packed, 5)));
                for (var i = 0; i < first.Length; i++)
                {
                    length |= (ulong)(first[i] & 0x7F) << (7 * i);
                    if (first[i] < 0x80)
                        break;
                }
                Expect((long)length);
                break;
            case CompressionCodec.ZSTD when packed > 0:
                // Some writers say other sizes before the page than the packed bytes do.
                if (Decompressor.GetDecompressedSize(Bytes(at, packed)) is var bound && bound > (ulong)_largest)
                    throw Damaged($"page {page} would need {bound:N0} bytes unpacked; at most {_largest:N0} are read at once");
                break;
            case CompressionCodec.LZ4 or CompressionCodec.LZ4_RAW when packed > 0:
                // Its reader does not look whether the bytes could be unpacked.
                Expect(LZ4Codec.Decode(Bytes(at, packed), new byte[unpacked]));
                break;
        }

        void Expect(long found)
        {
            if (found != unpacked)
                throw Damaged($"page {page} is packed by {codec}, and "
                    + (found < 0 ? "cannot be unpacked" : $"has {found:N0} bytes unpacked instead of {unpacked:N0}")
                    + (codec == CompressionCodec.LZ4 ? ". Hadoop's form of LZ4 is not known: write it with LZ4_RAW or Zstandard" : ""));
        }
    }

    private byte[] Bytes(long at, int length)
    {
        var bytes = new byte[length];
        RandomAccess.Read(file.SafeFileHandle, bytes, at);
        return bytes;
    }

    // In bits: of texts the least, which is their length.
    private static long SizeOf(SchemaElement element) => element.Type switch
    {
        Parquet.Meta.Type.BOOLEAN => 1,
        Parquet.Meta.Type.INT32 or Parquet.Meta.Type.FLOAT or Parquet.Meta.Type.BYTE_ARRAY => 32,
        Parquet.Meta.Type.INT96 => 96,
        Parquet.Meta.Type.FIXED_LEN_BYTE_ARRAY => 8L * element.TypeLength!.Value,
        _ => 64,
    };

    private static InvalidDataException Damaged(string what) => new(what + ".");
}
