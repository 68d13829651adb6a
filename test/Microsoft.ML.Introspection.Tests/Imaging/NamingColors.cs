using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tests.Imaging;

[TestClass]
public sealed class NamingColors
{
    [TestMethod]
    public void Tables_are_those_of_matplotlib_and_OpenCv()
    {
        var maps = ImageReferences.ColorMaps.Names.Where(n => n.EndsWith(".rgb_u8", StringComparison.Ordinal)).ToList();
        Assert.HasCount(17, maps);
        foreach (var name in maps.Select(n => n.Split('.')[0]))
        {
            var (map, table) = (ColorMap.Named(name), Table(ImageReferences.ColorMaps.Numbers(name + ".rgb_u8")));
            for (var i = 0; i < ColorMap.TableSize; i++)
                Assert.AreEqual(table[i], map.Colors[i], $"{name}, entry {i}");
        }
    }

    [TestMethod]
    public void Parts_agree_before_they_are_rounded()
    {
        foreach (var key in ImageReferences.ColorMaps.Names.Where(n => n.EndsWith(".rgba_f64", StringComparison.Ordinal)))
            Compare(ImageReferences.ColorMaps.Numbers(key), ColorMap.Named(key.Split('.')[0]), key);
        Compare(ImageReferences.ColorMaps.Numbers("from_list.captum_all_rgba_f64"),
            ColorMap.FromList("attribution", (1, 0, 0), (1, 1, 1), (0, 128 / 255.0, 0)), "from_list");

        static void Compare(double[] expected, ColorMap map, string what)
        {
            for (var i = 0; i < ColorMap.TableSize; i++)
            {
                var (red, green, blue, alpha) = map.Exactly((i + 0.5) / ColorMap.TableSize);
                Near.Equal(expected.AsSpan(4 * i, 4), [red, green, blue, alpha], 1e-15, what);
            }
        }
    }

    [TestMethod]
    public void Positions_choose_entries_as_in_matplotlib()
    {
        var (places, expected) = (ImageReferences.ColorMaps.Numbers("probe.x_f64"), ImageReferences.ColorMaps.Numbers("probe.viridis_rgba_f64"));
        for (var i = 0; i < places.Length; i++)
        {
            var (red, green, blue, alpha) = ColorMap.Named("viridis").Exactly(places[i]);
            Near.Equal(expected.AsSpan(4 * i, 4), [red, green, blue, alpha], 1e-15, $"{places[i]}");
        }
    }

    [TestMethod]
    public void A_name_with_r_behind_it_turns_the_map_round()
    {
        var (map, turned) = (ColorMap.Named("magma"), ColorMap.Named("magma_r"));
        CollectionAssert.AreEqual(map.Colors.Reverse().ToArray(), turned.Colors.ToArray());
        Assert.AreEqual(ColorMap.Sequential.At(0), ColorMap.Named("sequential_r").At(1));
        Assert.AreEqual("magma_r", turned.Name);
    }

    [TestMethod]
    public void Unknown_names_are_answered_with_those_there_are()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ColorMap.Named("virids"));
        StringAssert.Contains(error.Message, "no colour map 'virids'; there are sequential, diverging");
        StringAssert.Contains(error.Message, "viridis");
        Assert.ThrowsExactly<ArgumentException>(() => ColorMap.FromList("two", (0, 0, 0), (0, 0, 1.5)));
        Assert.ThrowsExactly<ArgumentException>(() => ColorMap.FromList("one", (0, 0, 0)));
    }

    private static Rgb[] Table(double[] bytes) => [.. bytes.Chunk(3).Select(c => new Rgb((byte)c[0], (byte)c[1], (byte)c[2]))];
}
