namespace Microsoft.ML.Introspection.Imaging;

/// <summary>How an image of any shape becomes a picture of one size.</summary>
public enum PictureFitting
{
    /// <summary>Stretched, whatever becomes of its proportions.</summary>
    Stretch,

    /// <summary>Its proportions kept, the picture covered, what reaches out cropped.</summary>
    Crop,

    /// <summary>Its proportions kept, all of it seen, black around it.</summary>
    Pad,
}

/// <summary>Which part of an image stays, or where it lies.</summary>
public enum PictureAnchor
{
    /// <summary>The middle.</summary>
    Center,

    /// <summary>The left side.</summary>
    Left,

    /// <summary>The right side.</summary>
    Right,

    /// <summary>The upper side.</summary>
    Top,

    /// <summary>The lower side.</summary>
    Bottom,
}

/// <summary>The channels of a picture, in their order.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>Brightness alone.</summary>
    Gray,
}
